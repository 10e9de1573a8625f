#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "tenant-app/auth/outbox.hpp"
#include "tests/unit/app/make_registry.hpp"

using namespace mt;
using namespace mt::app;

TEST_CASE("mail_text: no address or subject can add a field") {
    const auto text = mail_text({"f@x.y", "a@b.co\r\nBcc: all@x.y", "hello\nX: y", "line\nline"});
    CHECK(text.find("To: a@b.co  Bcc: all@x.y\r\n") != std::string::npos);
    CHECK(text.find("Subject: hello X: y\r\n") != std::string::npos);
    CHECK(text.ends_with("\r\n\r\nline\r\nline\r\n"));
}

TEST_CASE("put_mail: one private file for each message, and a bound on how many") {
    const TenantFolder folder;
    const auto outbox = folder.path() / "outbox";
    for (int i = 0; i < 1'000; ++i) {
        // Only the first goes the whole way: a thousand syncs would take their time.
        if (i == 0) REQUIRE(put_mail(outbox, {"f@x.y", "a@b.co", "s", "t"}).ok());
        else folder.write("outbox/" + std::to_string(i), "");
    }
    CHECK(put_mail(outbox, {"f@x.y", "a@b.co", "s", "t"}).error().code() == Errc::unavailable);
    std::size_t mails = 0;
    for (const auto& entry : std::filesystem::directory_iterator{outbox}) {
        if (entry.path().extension() != ".eml") continue;
        ++mails;
        CHECK((entry.status().permissions() & std::filesystem::perms::others_all) == std::filesystem::perms::none);
    }
    CHECK(mails == 1);
}
