#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tenant-app/mail/outbox_folder.hpp"
#include "tenant-app/mail/smtp_settings.hpp"

using namespace mt;
using namespace mt::app;

namespace {

using Warnings = std::vector<std::pair<std::string, std::string>>;

ordered_json with(const char* transport) {
    return {{"connector", "mail"}, {"transports", ordered_json::array({ordered_json::parse(transport)})}};
}

}  // namespace

TEST_CASE("read_smtp: nodemailer's options and their defaults") {
    Warnings warnings;
    auto found = read_smtp(with(R"({"type":"smtp"})"), warnings);
    REQUIRE(found.ok());
    REQUIRE(found->has_value());
    CHECK((*found)->host == "localhost");
    CHECK((*found)->port == 587);
    CHECK((*found)->verify);
    found = read_smtp(with(R"({"type":"SMTP","host":"mail.example.com","secure":true,"requireTLS":true,"name":"me",
        "tls":{"rejectUnauthorized":false},"auth":{"user":"u","pass":"p"}})"),
                      warnings);
    REQUIRE(found.ok());
    CHECK((*found)->port == 465);
    CHECK((*found)->secure);
    CHECK((*found)->require_tls);
    CHECK_FALSE((*found)->verify);
    CHECK((*found)->user == "u");
    CHECK((*found)->password == "p");
    CHECK(warnings.empty());
    found = read_smtp(with(R"({"type":"smtp","port":"2525"})"), warnings);
    CHECK((*found)->port == 2525);
    found = read_smtp(ordered_json::parse(R"({"transport":{"type":"smtp","host":"old"}})"), warnings);
    CHECK((*found)->host == "old");
}

TEST_CASE("read_smtp: what is not supported is told, with its place") {
    Warnings warnings;
    CHECK_FALSE(read_smtp(ordered_json::parse(R"({"connector":"mail"})"), warnings)->has_value());
    CHECK(warnings.empty());
    const auto ses = read_smtp(with(R"({"type":"ses"})"), warnings);
    CHECK_FALSE(ses->has_value());
    const auto odd = read_smtp(
        with(R"({"type":"smtp","service":"gmail","auth":{"type":"oauth2"},"tls":{"ciphers":"x"}})"), warnings);
    CHECK(odd->has_value());
    REQUIRE(warnings.size() == 4);
    CHECK(warnings[0].first == "/transports/0");
    CHECK(warnings[1].first == "/transports/0/tls/ciphers");
    CHECK(warnings[2].first == "/transports/0/auth/type");
    CHECK(warnings[3].first == "/transports/0/service");
}

TEST_CASE("read_smtp: mistakes are refused at their place") {
    struct Row {
        const char *transport, *pointer;
    };
    for (const auto& row : {Row{R"({"type":"smtp","port":0})", "/transports/0/port"},
                            Row{R"({"type":"smtp","port":65536})", "/transports/0/port"},
                            Row{R"({"type":"smtp","port":"99999999999999999999"})", "/transports/0/port"},
                            Row{R"({"type":"smtp","port":-1})", "/transports/0/port"},
                            Row{R"({"type":"smtp","host":1})", "/transports/0/host"},
                            Row{R"({"type":"smtp","host":"a b"})", "/transports/0/host"},
                            Row{R"({"type":"smtp","host":"evil/x?y"})", "/transports/0/host"},
                            Row{R"({"type":"smtp","host":""})", "/transports/0/host"},
                            Row{R"({"type":"smtp","name":"a\r\nRCPT"})", "/transports/0/name"},
                            Row{R"({"type":"smtp","secure":"yes"})", "/transports/0/secure"},
                            Row{R"({"type":"smtp","auth":{"user":1}})", "/transports/0/auth/user"}}) {
        CAPTURE(row.transport);
        Warnings warnings;
        const auto found = read_smtp(with(row.transport), warnings);
        REQUIRE_FALSE(found.ok());
        CHECK(found.error().code() == Errc::invalid_config);
        CHECK(found.error().place().pointer == row.pointer);
    }
    Warnings warnings;
    CHECK_FALSE(read_smtp(ordered_json::parse(R"({"transports":{}})"), warnings).ok());
}

TEST_CASE("outbox_folder: in the tenant's folder, whatever stands there") {
    CHECK(*outbox_folder("/t", ordered_json::object()) == "/t/outbox");
    CHECK(*outbox_folder("/t", ordered_json{{"outbox", "mail/out"}}) == "/t/mail/out");
    for (const char* bad : {R"("")", R"("/etc")", R"("../x")", R"("a/../../x")", R"(".")", "1", "null"})
        CHECK_FALSE(outbox_folder("/t", ordered_json::parse(std::string{"{\"outbox\":"} + bad + "}")).ok());
}
