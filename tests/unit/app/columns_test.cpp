#include <doctest/doctest.h>

#include "make_registry.hpp"
#include "tenant-app/data/sql/column_type.hpp"

namespace mt::app {

namespace {

/// Where and why a model with these members is refused; empty: it is not.
std::string refusal(const std::string& members) {
    TenantFolder folder;
    folder.write("datasources.json", R"({"db":{"connector":"sqlite3"}})");
    folder.write("model-config.json", R"({"Seat":{"dataSource":"db"}})");
    folder.write("models/seat.json", R"({"name":"Seat",)" + members + "}");
    const auto registry = folder.load();
    return registry.ok() ? "" : registry.error().place().pointer;
}

using Number = std::optional<unsigned>;

std::string type_with(std::string own, Number length = {}, Number precision = {}, Number scale = {}, Type type = Type::string) {
    Property property;
    property.type = type;
    property.shape = std::make_shared<const ColumnShape>(ColumnShape{std::move(own), length, precision, scale, false});
    return sql::column_type(property, "varchar");
}

}  // namespace

TEST_CASE("columns: what cannot be is refused at its place, and null is as if it were not there") {
    struct Row {
        const char *mapping, *pointer;
    };
    for (const auto& [mapping, pointer] :
         {Row{R"({"columnName":null,"dataType":null,"dataLength":null,"dataPrecision":10,"dataScale":0,"nullable":"Y"})", ""},
          Row{R"j({"dataType":"enum('a','b')","nullable":0})j", ""}, Row{R"({"dataType":"timestamp with time zone"})", ""},
          Row{"null", ""}, Row{"[]", ""}, Row{R"({"columnName":7})", "/columnName"}, Row{R"({"columnName":""})", "/columnName"},
          Row{R"({"dataType":"int; drop table x"})", "/dataType"}, Row{R"({"dataType":""})", "/dataType"},
          Row{R"j({"dataType":"enum('a)"})j", "/dataType"}, Row{R"({"dataType":"1"})", "/dataType"},
          Row{R"({"dataLength":-1})", "/dataLength"}, Row{R"({"dataLength":"40"})", "/dataLength"},
          Row{R"({"dataScale":1.5})", "/dataScale"}, Row{R"({"dataPrecision":99999999999})", "/dataPrecision"},
          Row{R"({"nullable":"maybe"})", "/nullable"}}) {
        CAPTURE(mapping);
        const std::string at = "/properties/a/sqlite3";
        const bool refused = *pointer != '\0' || std::string_view{mapping} == "[]";
        CHECK(refusal(std::string{R"("properties":{"a":{"type":"string","sqlite3":)"} + mapping + "}}") == (refused ? at + pointer : ""));
    }
    CHECK(refusal(R"("sqlite3":{"table":1})") == "/sqlite3/table");
    CHECK(refusal(R"("options":{"sqlite3":"x"})") == "/options/sqlite3");
    CHECK(refusal(R"("postgresql":{"schema":1})").empty());  // another connector's
}

TEST_CASE("columns: lengths stand where a type takes them, and nowhere else") {
    CHECK(type_with("").empty());
    CHECK(type_with("", 40) == "varchar(40)");
    CHECK(type_with("", 40, {}, {}, Type::number).empty());
    CHECK(type_with("character varying", 40) == "character varying(40)");
    CHECK(type_with("VARCHAR(7)", 40) == "VARCHAR(7)");
    CHECK(type_with("numeric", {}, 10, 2) == "numeric(10,2)");
    CHECK(type_with("DECIMAL unsigned", {}, 10) == "DECIMAL(10) unsigned");
    CHECK(type_with("integer", 4, 32, 0) == "integer");
    CHECK(type_with("timestamp with time zone", {}, 3) == "timestamp(3) with time zone");
    CHECK(sql::is_text_type("Character Varying(40)"));
    CHECK_FALSE(sql::is_text_type("integer"));
}

TEST_CASE("indexes: properties or columns, with an error at the place of what cannot be") {
    struct Row {
        const char *index, *pointer;
    };
    for (const auto& [index, pointer] :
         {Row{R"({"keys":{"a":1,"b":-1},"options":{"unique":true}})", ""}, Row{R"({"a":1})", ""}, Row{R"({"columns":"a, b_column desc"})", ""},
          Row{R"({"columns":"a","kind":"FULLTEXT"})", ""}, Row{R"({"keys":{"a":"text"}})", ""},
          Row{R"({"keys":{"c":1}})", "/keys/c"}, Row{R"({"keys":{"a":2}})", "/keys/a"}, Row{R"({"keys":[]})", "/keys"},
          Row{R"({"keys":{}})", "!"}, Row{R"({"columns":"a, c"})", "/columns"}, Row{R"({"columns":"a b c"})", "/columns"},
          Row{R"({"columns":7})", "/columns"}, Row{R"({"columns":"a, a"})", "/columns"}, Row{R"({"columns":" , "})", "/columns"},
          Row{"7", "!"}, Row{"{}", "!"}}) {
        CAPTURE(index);
        const std::string at = "/indexes/i";
        const std::string suffix = *pointer == '!' ? "" : pointer;
        const auto found = refusal(std::string{R"("properties":{"a":"string","b":{"type":"string","sqlite3":{"columnName":"b_column"}}},"indexes":{"i":)"} +
                                   index + "}");
        CHECK(found == (*pointer == '\0' ? "" : at + suffix));
    }
    CHECK(refusal(R"("indexes":[1])") == "/indexes");
    CHECK(refusal(R"("indexes":{"":{"id":1}})") == "/indexes/");
    CHECK(refusal(R"("indexes":[])").empty());
}

}  // namespace mt::app
