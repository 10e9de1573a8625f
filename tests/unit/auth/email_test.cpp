#include <doctest/doctest.h>

#include <string>

#include "tenant-app/auth/email.hpp"

TEST_CASE("is_email: what LoopBack's User takes and refuses") {
    for (const char* good : {"a@b.co", "a@b", "first.last+tag@sub.example.com", "\"quoted name\"@example.com", "x@[192.0.2.1]",
                             "o'neil@example.org", "jürgen@example.de"}) {
        CAPTURE(good);
        CHECK(mt::app::is_email(good));
    }
    for (const char* bad : {"", "bad", "@b.co", "a@", "a@@b.co", "a b@c.de", "a@b..co", ".a@b.co", "a.@b.co", "a..b@c.de", "a@-b.co",
                            "a@b-.co", "a@b_c.de", "a@b.co\r\nBcc: x@y.z", "a\n@b.co", "a@b.co "}) {
        CAPTURE(bad);
        CHECK_FALSE(mt::app::is_email(bad));
    }
    CHECK_FALSE(mt::app::is_email(std::string(65, 'a') + "@b.co"));
    CHECK_FALSE(mt::app::is_email("a@" + std::string(64, 'b') + ".co"));
}
