#include <doctest/doctest.h>

#include "tenant-app/connectors/mongodb/conditions.hpp"
#include "tenant-app/connectors/mongodb/errors.hpp"
#include "tenant-app/connectors/mongodb/values.hpp"
#include "tenant-app/query/parse_filter.hpp"
#include "tests/unit/app/make_registry.hpp"

namespace mt::app {

namespace {

const mongodb::Library& library() {
    const auto loaded = mongodb::Library::load();
    REQUIRE(loaded.ok());
    return **loaded;
}

json shown(mongodb::Row row) {
    json out = json::object();
    mongodb::for_each(library(), row, [&](const char* name, bson_iter_t& at) {
        out[name] = mongodb::value_of(library(), at);
        return true;
    });
    return out;
}

/// Customer of the shop as a collection whose ids are ObjectIds.
struct ShopCollection {
    ShopCollection() {
        folder.write_shop("memory");
        auto loaded = folder.load();
        REQUIRE(loaded.ok());
        registry = *std::move(loaded);
        table.model = registry.find("Customer");
        for (std::size_t i = 0; i < table.model->properties.size(); ++i) {
            const bool is_id = i == table.model->id_index;
            table.fields.push_back(is_id ? "_id" : table.property(i).column);
            table.index.emplace(table.fields.back(), i);
            table.object_ids.push_back(table.property(i).name == "email");
        }
    }
    Where where(const char* text) const {
        auto parsed = parse_where(registry, *table.model, json::parse(text));
        REQUIRE(parsed.ok());
        return *std::move(parsed);
    }
    json said(const Where& condition) const {
        return shown({mongodb::condition_of(library(), table, condition).get()});
    }
    Record record(const json& data) const {
        Record out{*table.model};
        for (const auto& [name, value] : data.items()) {
            if (const auto position = table.model->find_property(name)) out.values[*position] = value;
            else out.extra[name] = value;
        }
        return out;
    }

    TenantFolder folder;
    Registry registry;
    mongodb::Table table;
};

Result<mongodb::Settings> read(const char* keys) {
    Datasource datasource{"db", "mongodb", std::make_shared<const ordered_json>(ordered_json::parse(keys))};
    return mongodb::read_settings("/nowhere", datasource);
}

}  // namespace

TEST_CASE("mongodb condition_of: what the server decides exactly is said, the rest is a superset, also below a negation") {
    const ShopCollection shop;
    struct Row { const char* where; const char* said; bool exact; };
    for (const auto& [where, said, exact] : {
             Row{R"({"name":"a"})", R"({"name":{"$in":["a"]}})", true}, Row{R"({"age":{"gt":1.5}})", R"({"age":{"$gt":1.5}})", true},
             Row{R"({"age":null})", R"({"age":{"$in":[null]}})", true}, Row{R"({"age":{"nin":[1,null]}})", R"({"age":{"$nin":[1,null]}})", true},
             Row{R"({"age":{"between":[1,2]}})", R"({"age":{"$gte":1,"$lte":2}})", true},
             Row{R"({"createdAt":{"lt":"2021"}})", R"({"createdAt":{"$lt":"2021-01-01T00:00:00.000Z"}})", true},
             Row{R"({"name":{"regexp":"a"}})", "{}", false}, Row{R"({"address.city":"x"})", "{}", false}, Row{R"({"tags":"x"})", "{}", false},
             Row{R"({"unknown":"x"})", "{}", false}, Row{R"({"email":{"gt":"a"}})", "{}", false},
             Row{R"({"or":[{"age":1},{"name":{"ilike":"A"}}]})", R"({"$or":[{"age":{"$in":[1]}},{}]})", false}}) {
        CAPTURE(where);
        CHECK(shop.said(shop.where(where)) == json::parse(said));
        CHECK(mongodb::is_exact(shop.table, shop.where(where)) == exact);
    }
    Where negated;
    negated.kind = Where::Kind::none;
    negated.children.push_back(shop.where(R"({"name":{"ilike":"A"}})"));
    CHECK(shop.said(negated) == json::parse(R"({"$nor":[{"_id":{"$in":[]}}]})"));
}

TEST_CASE("mongodb condition_of: a text that can be an ObjectId is looked for as both") {
    const ShopCollection shop;
    const auto twice = json::parse(R"(["0123456789abcdef01234567","0123456789abcdef01234567"])");
    for (const char* property : {"name", "email"})
        CHECK(shop.said(shop.where((std::string{"{\""} + property + R"(":"0123456789abcdef01234567"})").c_str()))[property]["$in"] == twice);
}

TEST_CASE("mongodb row_of: what is stored comes back, and null is not stored") {
    const ShopCollection shop;
    const auto data = json::parse(R"({"name":"Ω\u0000","email":"0123456789abcdef01234567","age":9007199254740991,"vip":true,
        "createdAt":"2020-01-15T00:00:00.000Z","tags":["a"],"address":{"$gt":{"a.b":[1.5,null]}},"more":[1,{"x":"y"}]})");
    const auto record = shop.record(data);
    const auto row = mongodb::row_of(library(), shop.table, record, true);
    REQUIRE(row.ok());
    CHECK(shown({row->get()}) == data);
    const auto back = mongodb::record_of(library(), shop.table, {row->get()});
    CHECK(back.extra == record.extra);
    CHECK(back.values[*shop.table.model->find_property("createdAt")] == data["createdAt"]);
    CHECK(back.values[*shop.table.model->find_property("code")].is_null());
    CHECK(shown({mongodb::row_of(library(), shop.table, shop.record(json{{"age", nullptr}}), true)->get()}).empty());
}

TEST_CASE("mongodb row_of: names that the database would take for something else are refused") {
    const ShopCollection shop;
    for (const char* name : {"$set", "a.b", "", "_id"}) {
        CAPTURE(name);
        CHECK(mongodb::row_of(library(), shop.table, shop.record(json{{name, 1}}), true).error().code() == Errc::bad_request);
        CHECK(mongodb::changes_of(library(), shop.table, shop.record(json{{name, 1}})).error().code() == Errc::bad_request);
    }
}

TEST_CASE("mongodb read_settings: one host, several, a login, TLS") {
    CHECK(read(R"({})")->url().starts_with("mongodb://localhost:27017/test?"));
    CHECK(read(R"({"host":"::1","database":"d"})")->url().starts_with("mongodb://[::1]:27017/d?"));
    const auto several = read(R"({"url":"mongodb://u:p%40ss@a,b:27017/d?replicaSet=rs&authSource=admin&tls=true"})");
    REQUIRE(several.ok());
    CHECK(several->url().starts_with("mongodb://u:p%40ss@a:27017,b:27017/d?"));
    CHECK(several->url().ends_with("&authSource=admin&replicaSet=rs&tls=true"));
    CHECK(several->tls == server::Tls::verify_full);
    for (const auto& [keys, pointer] : {std::pair{R"({"url":"mongodb+srv://u:secret@a/d"})", "/db/url"}, {R"({"url":"mongodb://a:1,b:2/d"})", "/db/url"},
                                        {R"({"authSource":1})", "/db/authSource"}, {R"({"generatedIds":"x"})", "/db/generatedIds"}}) {
        CAPTURE(keys);
        const auto refused = read(keys);
        REQUIRE(!refused.ok());
        CHECK(refused.error().place().pointer == pointer);
        CHECK(describe(refused.error()).find("secret") == std::string::npos);
    }
}

TEST_CASE("mongodb statement_error: every kind of failure has its code") {
    struct Row { mongodb::Refusal refusal; Errc code; };
    for (const auto& [refusal, code] : {Row{{MONGOC_ERROR_SERVER, 11000, "", false}, Errc::conflict}, Row{{MONGOC_ERROR_SERVER, 50, "", false}, Errc::timed_out},
                                        Row{{MONGOC_ERROR_SERVER, 10334, "", false}, Errc::bad_request}, Row{{MONGOC_ERROR_SERVER, 13, "", false}, Errc::unavailable},
                                        Row{{MONGOC_ERROR_SERVER, 1, "", false}, Errc::failed}, Row{{MONGOC_ERROR_STREAM, 4, "", false}, Errc::unavailable},
                                        Row{{MONGOC_ERROR_STREAM, 4, "", true}, Errc::timed_out}, Row{{MONGOC_ERROR_SERVER_SELECTION, 1, "", false}, Errc::unavailable}}) {
        CAPTURE(refusal.code);
        CHECK(mongodb::statement_error(refusal).code() == code);
    }
    const auto settings = read("{}");
    CHECK(mongodb::start_error(*settings, {MONGOC_ERROR_CLIENT, MONGOC_ERROR_CLIENT_AUTHENTICATE, "no", false}).place().pointer == "/db/password");
    CHECK(mongodb::start_error(*settings, {MONGOC_ERROR_SERVER, 13, "no", false}).place().pointer == "/db/user");
    CHECK(mongodb::start_error(*settings, {MONGOC_ERROR_SERVER_SELECTION, 1, "no", false}).place().pointer == "/db/host");
}

}  // namespace mt::app
