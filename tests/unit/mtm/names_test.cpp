#include <doctest/doctest.h>

#include "base/printable.hpp"
#include "mtm/glob.hpp"
#include "mtm/model_name.hpp"
#include "mtm/property.hpp"

using namespace mt::mtm;
using mt::in_quotes;
using mt::printable;

TEST_CASE("ModelName: keeps an identifier as typed") {
    for (const auto& text : std::vector<std::string>{"Customer", "a", "Order_2", "Constructor", std::string(63, 'x')}) {
        CAPTURE(text);
        const auto name = ModelName::parse(text);
        REQUIRE(name.ok());
        CHECK(name->str() == text);
    }
}

TEST_CASE("ModelName: refuses what is no identifier or means something already") {
    for (const auto& text : std::vector<std::string>
         {"", "1x", "_x", "a-b", "a b", "a.b", "../x", "a/b", "ü", "constructor", "__proto__", "prototype", "toString",
          "PersistedModel", "date", "Object", std::string(64, 'x')}) {
        CAPTURE(text);
        const auto name = ModelName::parse(text);
        REQUIRE_FALSE(name.ok());
        CHECK(name.error().code() == mt::Errc::invalid_name);
        CHECK_FALSE(name.error().place().hint.empty());
    }
}

TEST_CASE("parse_model_address: splits at the colon and folds the id") {
    const auto address = parse_model_address("Foo:Customer");
    REQUIRE(address.ok());
    CHECK(address->tenant.str() == "foo");
    CHECK(address->model.str() == "Customer");
    CHECK(parse_model_address("foo").error().code() == mt::Errc::usage);
    CHECK(parse_model_address("foo:").error().code() == mt::Errc::invalid_name);
    CHECK(parse_model_address(":X").error().code() == mt::Errc::invalid_name);
    CHECK(parse_model_address("foo:A:B").error().code() == mt::Errc::invalid_name);
}

TEST_CASE("parse_property: reads name, type, array and required") {
    struct Row {
        const char* text;
        const char* name;
        const char* type;
        bool array, required;
    };
    for (const auto& row : {Row{"name:string!", "name", "string", false, true}, Row{"age:number", "age", "number", false, false},
                            Row{"tags:string[]", "tags", "string", true, false}, Row{"tags:date[]!", "tags", "date", true, true},
                            Row{"note", "note", "string", false, false}, Row{"note!", "note", "string", false, true},
                            Row{"_at:geopoint", "_at", "geopoint", false, false}}) {
        CAPTURE(row.text);
        const auto property = parse_property(row.text);
        REQUIRE(property.ok());
        CHECK(property->name == row.name);
        CHECK(property->type == row.type);
        CHECK(property->array == row.array);
        CHECK(property->required == row.required);
    }
}

TEST_CASE("parse_property: refuses bad names and unknown types") {
    struct Row {
        const char* text;
        mt::Errc code;
    };
    for (const auto& row : {Row{"", mt::Errc::invalid_name}, Row{":string", mt::Errc::invalid_name}, Row{"1a:string", mt::Errc::invalid_name},
                            Row{"a b:string", mt::Errc::invalid_name}, Row{"__proto__:string", mt::Errc::invalid_name},
                            Row{"constructor", mt::Errc::invalid_name}, Row{"a:", mt::Errc::usage}, Row{"a:strin", mt::Errc::usage},
                            Row{"a:string!!", mt::Errc::usage}, Row{"a:string![]", mt::Errc::usage}, Row{"a:string[][]", mt::Errc::usage},
                            Row{"a:string:number", mt::Errc::usage}}) {
        CAPTURE(row.text);
        const auto property = parse_property(row.text);
        REQUIRE_FALSE(property.ok());
        CHECK(property.error().code() == row.code);
    }
}

TEST_CASE("parse_properties: refuses a name that comes twice, whatever its case") {
    CHECK(parse_members({"a:string", "b:number"}).ok());
    CHECK(parse_members({"name:string", "Name:number"}).error().code() == mt::Errc::usage);
}

TEST_CASE("matches_glob: is the shell's pattern over ids") {
    CHECK(is_glob("shop*"));
    CHECK(is_glob("a?"));
    CHECK_FALSE(is_glob("shop"));
    CHECK(matches_glob("shop*", "shop12"));
    CHECK(matches_glob("SHOP?", "shop1"));
    CHECK(matches_glob("[ab]x", "bx"));
    CHECK_FALSE(matches_glob("shop?", "shop"));
    CHECK_FALSE(matches_glob("*x", "shop"));
}

TEST_CASE("printable: no control character reaches the terminal") {
    CHECK(printable("plain\tü") == "plain\tü");
    CHECK(printable("\x1b[2J\x07\x7f") == "\\x1b[2J\\x07\\x7f");
    CHECK(printable("a\xC2\x9B" "2Jb") == "a\\xc2\\x9b2Jb");
    CHECK(printable("\xC2\xA9") == "\xC2\xA9");
    CHECK(printable("\xC2") == "\xC2");
    CHECK(in_quotes(std::string(100, 'x')).size() < 90);
}

TEST_CASE("parse_members: tells relations from properties and refuses a name given twice") {
    const auto members = parse_members({"title:string!", "customer:belongsTo:Customer", "lines:hasMany:Line:orderKey"});
    REQUIRE(members.ok());
    CHECK(members->properties.size() == 1);
    REQUIRE(members->relations.size() == 2);
    CHECK(members->relations[0].type == "belongsTo");
    CHECK(members->relations[1].foreign_key == "orderKey");
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"a", "A"}, {"a:hasMany:B", "a:string"}, {"a:hasMany"}, {"a:hasMany:"}, {"a:hasMany:B:c:d"}, {"a:hasMany:B-C"}}) {
        CAPTURE(words.front());
        CHECK_FALSE(parse_members(words).ok());
    }
}
