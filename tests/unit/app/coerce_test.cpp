#include <doctest/doctest.h>

#include "tenant-app/query/coerce.hpp"

namespace mt::app {

namespace {
Property of(Type type, bool array = false) {
    Property property;
    property.name = "p";
    property.type = type;
    property.array = array;
    return property;
}
}  // namespace

TEST_CASE("coerce: converts as LoopBack's model builder does") {
    struct Row { Type type; bool array; const char* given; const char* made; };
    for (const auto& [type, array, given, made] : {
             Row{Type::number, false, "\"abc\"", "null"}, Row{Type::number, false, "\"\"", "0"}, Row{Type::number, false, "true", "1"},
             Row{Type::number, false, "[5]", "5"}, Row{Type::number, false, "\"1.5\"", "1.5"}, Row{Type::number, false, "null", "null"},
             Row{Type::boolean, false, "\"false\"", "false"}, Row{Type::boolean, false, "\"0\"", "false"}, Row{Type::boolean, false, "\"\"", "false"},
             Row{Type::boolean, false, "\"yes\"", "true"}, Row{Type::boolean, false, "[]", "true"}, Row{Type::boolean, false, "0", "false"},
             Row{Type::string, false, "12.5", "\"12.5\""}, Row{Type::string, false, "[\"a\",\"b\"]", "\"a,b\""},
             Row{Type::string, false, "{\"a\":1}", "\"[object Object]\""}, Row{Type::string, true, "[1,null,true]", "[\"1\",\"null\",\"true\"]"},
             Row{Type::string, true, "\"[\\\"j\\\"]\"", "[\"j\"]"}, Row{Type::number, true, "[\"x\",\"2\"]", "[null,2]"},
             Row{Type::geopoint, false, "\"1.5,2.5\"", "{\"lat\":1.5,\"lng\":2.5}"}, Row{Type::geopoint, false, "[3,4]", "{\"lat\":3,\"lng\":4}"},
             Row{Type::object, false, "\"str\"", "\"str\""}}) {
        CAPTURE(given);
        const auto coerced = coerce(of(type, array), json::parse(given));
        REQUIRE(coerced.ok());
        CHECK(coerced->value == json::parse(made));
    }
    CHECK(coerce(of(Type::date), "garbage")->invalid_date);
    CHECK(coerce(of(Type::string, true), "single").error().message() == "could not create List from JSON string: \"single\"");
    CHECK(coerce(of(Type::string, true), 5).error().message() == "Items must be an array: 5");
    CHECK(coerce(of(Type::geopoint), "bad").error().code() == Errc::bad_request);
}

TEST_CASE("coerce_id: a URL's text finds what Number(text) equals") {
    CHECK(coerce_id(of(Type::number), "1.0") == 1);
    CHECK(coerce_id(of(Type::number), " 1") == 1);
    CHECK(coerce_id(of(Type::number), "true") == 1);
    CHECK(is_undefined(coerce_id(of(Type::number), "1abc")));
    CHECK(is_undefined(coerce_id(of(Type::number), "null")));
    CHECK(coerce_id(of(Type::string), "5") == "5");
}

}  // namespace mt::app
