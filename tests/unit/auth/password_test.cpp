#include <doctest/doctest.h>

#include "tenant-app/auth/password.hpp"

using namespace mt;
using namespace mt::app;

TEST_CASE("hash_password: made and matched, salted, and memory-hard") {
    const auto hash = hash_password("secret");
    REQUIRE(hash.ok());
    CHECK(hash->starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    CHECK(match_password(*hash, "secret") == PasswordMatch::right);
    CHECK(match_password(*hash, "Secret") == PasswordMatch::wrong);
    CHECK(match_password(*hash, "") == PasswordMatch::wrong);
    CHECK(*hash_password("secret") != *hash);
}

TEST_CASE("match_password: LoopBack's bcrypt hashes") {
    // Of the test vectors that come with OpenBSD's and Openwall's bcrypt.
    const std::string u = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    CHECK(match_password(u, "U*U") == PasswordMatch::right_but_old);
    CHECK(match_password(u, "U*V") == PasswordMatch::wrong);
    auto newer = u;
    newer[2] = 'b';
    CHECK(match_password(newer, "U*U") == PasswordMatch::right_but_old);
    newer[2] = 'y';
    CHECK(match_password(newer, "U*U") == PasswordMatch::right_but_old);
    CHECK(is_loopback_hash(u));
    CHECK_FALSE(is_loopback_hash(newer));  // LoopBack hashes these as if they were a password
    CHECK_FALSE(is_loopback_hash("secret"));
}

TEST_CASE("match_password: whatever else is stored matches nothing, and cannot keep the thread busy") {
    for (const char* stored : {"", "secret", "$2a$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
                               "$2a$xx$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
                               "$argon2id$v=19$m=4194304,t=9,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g",
                               "$argon2id$v=19$m=19456,t=2,p=1$", "$argon2id$v=19$m=19456,t=2,p=1$!!$!!"}) {
        CAPTURE(stored);
        CHECK(match_password(stored, "secret") == PasswordMatch::wrong);
        CHECK_FALSE(is_loopback_hash(stored));
    }
}

TEST_CASE("check_password: LoopBack's rules") {
    CHECK(check_password("x").ok());
    CHECK(check_password(std::string(72, 'x')).ok());
    CHECK(check_password("").error().label() == "INVALID_PASSWORD");
    const auto long_one = check_password(std::string(73, 'x'));
    CHECK(long_one.error().label() == "PASSWORD_TOO_LONG");
    CHECK(long_one.error().message() == "The password entered was too long. Max length is 72 (entered 73)");
}

TEST_CASE("match_password: only 72 bytes count, as bcrypt has it") {
    const auto hash = hash_password(std::string(72, 'x'));
    REQUIRE(hash.ok());
    CHECK(match_password(*hash, std::string(90, 'x')) == PasswordMatch::right);
    CHECK(match_password(*hash, std::string(71, 'x')) == PasswordMatch::wrong);
}
