#include <doctest/doctest.h>

#include <set>

#include "tenant-app/auth/token.hpp"

using namespace mt::app;

TEST_CASE("make_token: 64 letters and digits, never the same") {
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const auto token = make_token();
        CHECK(token.size() == 64);
        CHECK(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == std::string::npos);
        CHECK(seen.insert(token).second);
    }
}

TEST_CASE("stored_token: the SHA-256 of the token, recognised as such") {
    CHECK(stored_token("abc") == "sha256-ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(is_stored_token(stored_token("x")));
    CHECK_FALSE(is_stored_token(make_token()));
}

TEST_CASE("token_of_header: what LoopBack's middleware makes of it") {
    struct Row {
        const char *header, *token;
    };
    const Row rows[] = {
        {"abc", "abc"},
        {"", ""},
        {"Bearer YWJj", "abc"},
        {"Bearer YWJj===", "abc"},
        {"bearer YWJj", "bearer YWJj"},  // this word is taken as it is written
        {"Basic YWJj", "abc"},
        {"basic YWJjOg==", "abc"},                      // abc:
        {"BASIC dG9rZW46YTJiMmMz", "a2b2c3"},           // token:a2b2c3
        {"Basic dG9rZW5fb2Zfc2l6ZTp4", "token_of_size"},  // token_of_size:x
        {"Basic OmEyYjJjMw==", "a2b2c3"},               // :a2b2c3
        {"Bearer !!", ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.header);
        CHECK(token_of_header(row.header) == row.token);
    }
}

TEST_CASE("decode_base64: both alphabets, bytes of all values") {
    CHECK(decode_base64("-_8=") == decode_base64("+/8="));
    CHECK(decode_base64("AAEC") == std::string("\x00\x01\x02", 3));
    CHECK(decode_base64("A").empty());
}
