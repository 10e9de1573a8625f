#pragma once
#include "tenant-app/model/load_registry.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/unit/app/make_registry.hpp"

namespace mt::fuzz {

/// Models with every kind of relation and property that a filter can speak of.
inline app::Registry shop_registry() {
    app::TenantFolder folder;
    folder.write("model-config.json", R"({"Customer":{"dataSource":"db"},"Order":{"dataSource":"db"},"Tag":{"dataSource":"db"},
        "Line":{"dataSource":"db"},"Note":{"dataSource":"db"}})");
    folder.write("models/customer.json", R"({"name":"Customer","hidden":["code"],"properties":{"name":"string","age":"number","vip":"boolean",
        "born":"date","tags":["string"],"address":"object","at":"geopoint","code":"string"},"relations":{
        "orders":{"type":"hasMany","model":"Order"},"labels":{"type":"hasAndBelongsToMany","model":"Tag"},
        "favourites":{"type":"referencesMany","model":"Tag"},"lines":{"type":"embedsMany","model":"Line"},
        "notes":{"type":"hasMany","model":"Note","polymorphic":"about"}}})");
    folder.write("models/order.json", R"({"name":"Order","strict":true,"properties":{"total":"number"},
        "scope":{"where":{"total":{"gt":0}},"limit":50},"relations":{"customer":{"type":"belongsTo","model":"Customer"}}})");
    folder.write("models/tag.json", R"({"name":"Tag","properties":{"name":"string"},"relations":{"customers":{"type":"hasAndBelongsToMany","model":"Customer"}}})");
    folder.write("models/line.json", R"({"name":"Line","base":"Model","properties":{"label":"string"}})");
    folder.write("models/note.json", R"({"name":"Note","relations":{"about":{"type":"belongsTo","polymorphic":true}}})");
    auto registry = folder.load();
    MT_FUZZ_CHECK(registry.ok());
    return *std::move(registry);
}

}  // namespace mt::fuzz
