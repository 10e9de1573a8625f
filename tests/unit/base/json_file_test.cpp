#include "base/json_file.hpp"

#include <doctest/doctest.h>

#include <limits>

#include <nlohmann/json.hpp>

#include "base/utf8.hpp"

namespace {
mt::JsonFile file(std::string text) { return {"config.json", std::move(text), "tenants/foo/config.json"}; }
}  // namespace

TEST_CASE("parse_config: keeps the order of keys") {
    const auto parsed = mt::parse_config(file(R"({"b":1,"a":2})"));
    REQUIRE(parsed.ok());
    CHECK(parsed->dump() == R"({"b":1,"a":2})");
}

TEST_CASE("parse_config: names file and line of what it refuses") {
    struct Row {
        const char* text;
        std::size_t line;
    };
    for (const auto& row : {Row{"{\n \"a\": 1,\n \"b\": oops\n}", 3}, Row{"", 1}, Row{"{\n\"a\":1", 2}, Row{"{}x", 1},
                           Row{"{\n\"a\":1,\n\"a\":2,\n\"b\":3}", 3}, Row{"{\n\"a\":\"x\",\n\"b\":\"\xff\"}", 3}}) {
        CAPTURE(row.text);
        const auto parsed = mt::parse_config(file(row.text));
        REQUIRE_FALSE(parsed.ok());
        CHECK(parsed.error().code() == mt::Errc::invalid_config);
        CHECK(parsed.error().place().file == "tenants/foo/config.json");
        CHECK(parsed.error().place().line == row.line);
    }
    const auto deep = mt::parse_config(file("{\n\"a\":\n" + std::string(200, '[') + "\n" + std::string(200, ']') + "}"));
    REQUIRE_FALSE(deep.ok());
    CHECK(deep.error().place().line == 3);
}

TEST_CASE("parse_config: what it quotes of a file is UTF-8, whatever the file is") {
    const auto parsed = mt::parse_config(file("{\"a\":\"\xff\"}"));
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().message().find("\xEF\xBF\xBD") != std::string::npos);
    CHECK(parsed.error().message().find('\xff') == std::string::npos);
}

TEST_CASE("as_utf8: keeps characters, replaces every byte that is part of none") {
    const std::string gone = "\xEF\xBF\xBD";
    for (const std::string good : {"", "a", "\xC3\xA4", "\xE2\x82\xAC", "\xED\x9F\xBF", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"})
        CHECK(mt::as_utf8(good) == good);
    struct Row {
        std::string text;
        int replaced;
    };
    for (const auto& row : {Row{"\xff", 1}, Row{"\x80", 1}, Row{"\xC3", 1}, Row{"\xC0\x80", 2}, Row{"\xE0\x80\x80", 3},
                            Row{"\xED\xA0\x80", 3}, Row{"\xF4\x90\x80\x80", 4}, Row{"\xF0\x9F\x98", 3}}) {
        CAPTURE(row.replaced);
        std::string expected = "a";
        for (int i = 0; i < row.replaced; ++i) expected += gone;
        CHECK(mt::as_utf8("a" + row.text + "b") == expected + "b");
    }
}

TEST_CASE("line_of: finds the line of a pointer") {
    const std::string text = "{\n  \"a\": {\n    \"x/y\": [1,\n      {\"k\": \"}\"}]\n  },\n  \"b\": 2\n}";
    CHECK(mt::line_of(text, "") == 1);
    CHECK(mt::line_of(text, "/a") == 2);
    CHECK(mt::line_of(text, "/a/x~1y") == 3);
    CHECK(mt::line_of(text, "/a/x~1y/1/k") == 4);
    CHECK(mt::line_of(text, "/b") == 6);
    CHECK(mt::line_of(text, "/a/missing") == 2);
}

TEST_CASE("parse_json: refuses depth, broken text and bad UTF-8 without throwing") {
    CHECK(mt::parse_json("[[1]]", 2).ok());
    CHECK_FALSE(mt::parse_json("[[1]]", 1).ok());
    CHECK_FALSE(mt::parse_json("{").ok());
    CHECK_FALSE(mt::parse_json("\"\xff\"").ok());
    CHECK(mt::parse_json("1").ok());
}

TEST_CASE("parse_json: numbers and escapes are JavaScript's") {
    const auto parsed = mt::parse_json(R"({"a":[1e400,-1e400,1e-400],"b":"x\ud800y","\udc00":"\ud83d\ude00 \\ud800","c":"1e999"})");
    REQUIRE(parsed.ok());
    const auto& root = *parsed;
    CHECK(root["a"][0].get<double>() == std::numeric_limits<double>::infinity());
    CHECK(root["a"][1].get<double>() == -std::numeric_limits<double>::infinity());
    CHECK(root["a"][2] == 0.0);
    CHECK(root["b"] == "x\xED\xA0\x80y");
    CHECK(root["\xED\xB0\x80"] == "\xF0\x9F\x98\x80 \\ud800");
    CHECK(root["c"] == "1e999");
    // What stands for them on the way cannot be smuggled in.
    CHECK_FALSE(mt::parse_json("[\"\\ud800\", \"\xEF\xB7\x91+\"]").ok());
    CHECK_FALSE(mt::parse_json(R"([1e400, "\ufdd0d800"])").ok());
    CHECK(*mt::parse_json(R"(["\ufdd1+"])") == nlohmann::json::array({"\xEF\xB7\x91+"}));
    for (const char* broken : {R"(["\ud800)", R"(["\ud80"])", "[1e400", "[1e400x]", "[--1e400]", R"(["\)"}) CHECK_FALSE(mt::parse_json(broken).ok());
}
