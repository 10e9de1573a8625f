#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tenant-app/query/js.hpp"

namespace mt::app {

TEST_CASE("append_number: prints as JavaScript does") {
    struct Row { double number; const char* text; };
    for (const auto& [number, text] : {Row{12.5, "12.5"}, Row{1e21, "1e+21"}, Row{1e20, "100000000000000000000"}, Row{-0.0, "0"}, Row{0.1, "0.1"},
                                       Row{1e-7, "1e-7"}, Row{1e-6, "0.000001"}, Row{1.5e300, "1.5e+300"}, Row{-3, "-3"}, Row{123456.789, "123456.789"},
                                       Row{5e-324, "5e-324"}, Row{9007199254740993.0, "9007199254740992"}}) {
        CAPTURE(text);
        std::string out;
        js::append_number(out, number);
        CHECK(out == text);
    }
}

TEST_CASE("to_json: prints as JSON.stringify does") {
    CHECK(js::to_json(json::parse(R"({"a":1.0,"b":[null,true,12.34],"c":"\u0000\"\\\n漢"})")) == "{\"a\":1,\"b\":[null,true,12.34],\"c\":\"\\u0000\\\"\\\\\\n漢\"}");
    CHECK(js::to_json(9007199254740993ll) == "9007199254740992");
    CHECK(js::to_json(json(std::numeric_limits<double>::infinity())) == "null");
    CHECK(js::to_json(json("a\xFFz")) == "\"a\xEF\xBF\xBDz\"");
}

TEST_CASE("to_text: is String(x)") {
    CHECK(js::to_text(json::parse(R"(["a",1,null,["b"]])")) == "a,1,,b");
    CHECK(js::to_text(json::object()) == "[object Object]");
    CHECK(js::to_text(12.5) == "12.5");
    CHECK(js::to_text(false) == "false");
}

TEST_CASE("to_number: is Number(x)") {
    struct Row { const char* text; double number; };
    for (const auto& [text, number] : {Row{"", 0}, Row{" 7 ", 7}, Row{"0x10", 16}, Row{"1e3", 1000}, Row{".5", .5}, Row{"5.", 5}, Row{"-2", -2},
                                       Row{"1e400", std::numeric_limits<double>::infinity()}, Row{"1e-400", 0}, Row{"0b11", 3}}) {
        CAPTURE(text);
        CHECK(js::to_number(std::string_view{text}) == number);
    }
    for (const char* text : {"abc", "1abc", "1 2", "--1", "0x", "inf", "nan", "1e", "+-1", ".", "5.."}) {
        CAPTURE(text);
        CHECK(std::isnan(js::to_number(std::string_view{text})));
    }
    CHECK(js::to_number(json::array()) == 0);
    CHECK(js::to_number(json::array({5})) == 5);
    CHECK(std::isnan(js::to_number(json::object())));
}

TEST_CASE("to_time: reads dates as V8 does") {
    struct Row { const char* text; const char* iso; };
    for (const auto& [text, iso] : {Row{"2020-05-05", "2020-05-05T00:00:00.000Z"}, Row{"2020", "2020-01-01T00:00:00.000Z"},
                                    Row{"2020-05-05T10:11:12+02:00", "2020-05-05T08:11:12.000Z"},
                                    Row{"2020-01-02T03:04:05.678+05:30", "2020-01-01T21:34:05.678Z"},
                                    Row{"Thu, 02 Jan 2020 03:04:05 GMT", "2020-01-02T03:04:05.000Z"},
                                    Row{"Jan 2, 2020", "2020-01-02T00:00:00.000Z"}, Row{"1/2/2020", "2020-01-02T00:00:00.000Z"},
                                    Row{"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"}, Row{"2000-02-29", "2000-02-29T00:00:00.000Z"}}) {
        CAPTURE(text);
        const auto time = js::parse_date(text);
        REQUIRE(time);
        CHECK(js::iso_date(*time) == iso);
    }
    for (const char* text : {"garbage", "", "2020-13-45", "2019-02-29", "1577934245000", "2020-01-01T25:00", "-", "2020-01-01Tx"}) {
        CAPTURE(text);
        CHECK_FALSE(js::parse_date(text));
    }
    CHECK(js::iso_date(*js::to_time(1577934245000ll)) == "2020-01-02T03:04:05.000Z");
    CHECK_FALSE(js::to_time(1e300));
    CHECK_FALSE(js::to_time(json::object()));
}

}  // namespace mt::app
