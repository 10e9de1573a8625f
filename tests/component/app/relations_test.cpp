#include "tenant-app/crud/changes.hpp"
#include "tests/component/app/shop.hpp"

// Relations beyond hasMany and belongsTo, scopes, and conditions on related models: the same on every connector.
namespace mt::app {

namespace {

/// Doctors and patients through visits, parts and assemblies, carts with lines, albums with tracks, polymorphic pictures, memos.
struct Clinic : Shop {
    explicit Clinic(const std::string& connector_name) : Shop(connector_name) {
        folder.write("model-config.json", R"({"Doctor":{"dataSource":"db"},"Patient":{"dataSource":"db"},"Visit":{"dataSource":"db"},
            "Assembly":{"dataSource":"db"},"Part":{"dataSource":"db"},"Cart":{"dataSource":"db"},"Line":{"dataSource":"db"},
            "Album":{"dataSource":"db"},"Track":{"dataSource":"db"},"Author":{"dataSource":"db"},"Picture":{"dataSource":"db"},
            "Memo":{"dataSource":"db"},"Place":{"dataSource":"db"}})");
        folder.write("models/doctor.json", R"({"name":"Doctor","properties":{"name":"string","pin":"string"},"hidden":["pin"],
            "relations":{"patients":{"type":"hasMany","model":"Patient","through":"Visit"},"visits":{"type":"hasMany","model":"Visit"}}})");
        folder.write("models/patient.json", R"({"name":"Patient","properties":{"name":"string","age":"number"},
            "relations":{"doctors":{"type":"hasMany","model":"Doctor","through":"Visit"}}})");
        folder.write("models/visit.json", R"({"name":"Visit","properties":{"fee":"number"},"relations":{
            "doctor":{"type":"belongsTo","model":"Doctor"},"patient":{"type":"belongsTo","model":"Patient"}}})");
        folder.write("models/assembly.json", R"({"name":"Assembly","relations":{"parts":{"type":"hasAndBelongsToMany","model":"Part"}}})");
        folder.write("models/part.json", R"({"name":"Part","properties":{"num":"string"},
            "relations":{"assemblies":{"type":"hasAndBelongsToMany","model":"Assembly"}}})");
        folder.write("models/cart.json", R"({"name":"Cart","relations":{"lines":{"type":"embedsMany","model":"Line","property":"_lines"}}})");
        folder.write("models/line.json", R"({"name":"Line","base":"Model","properties":{"id":{"type":"number","id":true},
            "label":{"type":"string","required":true}}})");
        folder.write("models/album.json", R"({"name":"Album","relations":{"tracks":{"type":"referencesMany","model":"Track"}}})");
        folder.write("models/track.json", R"({"name":"Track","properties":{"title":"string"}})");
        folder.write("models/author.json", R"({"name":"Author","relations":{"pictures":{"type":"hasMany","model":"Picture","polymorphic":"imageable"}}})");
        folder.write("models/picture.json", R"({"name":"Picture","properties":{"url":"string"},
            "relations":{"imageable":{"type":"belongsTo","polymorphic":true}}})");
        folder.write("models/memo.json", R"({"name":"Memo","properties":{"title":"string","secret":"boolean"},
            "scope":{"where":{"secret":false},"order":"title DESC","limit":2}})");
        folder.write("models/place.json", R"({"name":"Place","properties":{"at":"geopoint"}})");
        open();
        for (const char* name : {"a", "b", "c"}) create("Doctor", (std::string{R"({"name":")"} + name + R"("})").c_str());
        for (int i = 1; i <= 4; ++i) create("Patient", ("{\"age\":" + std::to_string(i * 10) + "}").c_str());
        for (const char* visit : {R"({"doctorId":1,"patientId":1,"fee":5})", R"({"doctorId":1,"patientId":3})", R"({"doctorId":2,"patientId":3})"})
            create("Visit", visit);
    }
    const Relation& relation(const char* holder, const char* name) const { return *model(holder).find_relation(name); }
    std::uint64_t spent(const char* name, const char* filter) {
        const auto before = connector->statements();
        find(name, filter);
        return connector->statements() - before;
    }
};

}  // namespace

TEST_CASE("has_many_through: two queries for an include, whatever the number of holders") {
    for (const auto& connector : k_connectors) {
        CAPTURE(connector);
        Clinic clinic{connector};
        CHECK(clinic.spent("Doctor", R"({"include":"patients"})") == 3);
        const auto doctors = clinic.find("Doctor", R"({"include":"patients"})");
        CHECK(doctors[0]["patients"].size() == 2);
        CHECK(doctors[1]["patients"][0]["id"] == 3);
        CHECK(doctors[2]["patients"].empty());
        CHECK(clinic.find("Patient", R"({"include":{"relation":"doctors","scope":{"where":{"name":"b"}}}})")[2]["doctors"].size() == 1);
    }
}

TEST_CASE("link: ties once; unlink cuts the tie, not what is tied") {
    for (const auto& connector : k_connectors) {
        CAPTURE(connector);
        Clinic clinic{connector};
        auto& repository = *clinic.repository;
        const auto& doctor = clinic.model("Doctor");
        const auto& patients = clinic.relation("Doctor", "patients");
        const auto first = clinic.wait(repository.link(doctor, "3", patients, "2", {{"fee", 7}, {"doctorId", 1}}));
        const auto second = clinic.wait(repository.link(doctor, "3", patients, "2", json::object()));
        REQUIRE((first.ok() && second.ok()));
        CHECK(clinic.ids("Visit", R"({"where":{"doctorId":3,"fee":7}})") == "4");
        CHECK(*clinic.wait(repository.linked(doctor, "3", patients, "2")));
        CHECK(clinic.wait(repository.link(doctor, "9", patients, "2", json::object())).error().code() == Errc::not_found);
        CHECK(clinic.wait(repository.unlink(doctor, "3", patients, "2")).ok());
        CHECK_FALSE(*clinic.wait(repository.linked(doctor, "3", patients, "2")));
        CHECK(clinic.wait(repository.related_destroy_by_id(doctor, "3", patients, "2")).error().message() ==
              "No record found in Visit for (Doctor.3 ,Patient.2)");
        CHECK(clinic.ids("Patient", "{}") == "1 2 3 4");
    }
}

TEST_CASE("has_and_belongs_to_many: the through model is made up, under the name that LoopBack gives it") {
    for (const auto& connector : k_connectors) {
        CAPTURE(connector);
        Clinic clinic{connector};
        const auto* through = clinic.registry.find("PartAssembly");
        REQUIRE(through);
        CHECK_FALSE(through->is_public);
        CHECK(through->properties[1].name == "partId");
        clinic.create("Assembly", "{}");
        const auto made = clinic.wait(clinic.repository->related_create(clinic.model("Assembly"), "1", clinic.relation("Assembly", "parts"), {{"num", "x"}}));
        REQUIRE(made.ok());
        CHECK(clinic.find("Part", R"({"include":"assemblies"})")[0]["assemblies"][0]["id"] == 1);
    }
}

TEST_CASE("embeds_many: what is embedded is validated, numbered and kept in its holder") {
    for (const auto& connector : k_connectors) {
        CAPTURE(connector);
        Clinic clinic{connector};
        auto& repository = *clinic.repository;
        const auto& cart = clinic.model("Cart");
        const auto& lines = clinic.relation("Cart", "lines");
        clinic.create("Cart", "{}");
        CHECK(clinic.wait(repository.related_create(cart, "1", lines, {{"label", "x"}})).ok());
        CHECK(clinic.wait(repository.related_create(cart, "1", lines, {{"label", "y"}})).ok());
        CHECK(clinic.wait(repository.related_create(cart, "1", lines, json::object())).error().code() == Errc::validation);
        CHECK(clinic.wait(repository.related_create(cart, "1", lines, {{"id", 2}, {"label", "z"}})).error().details().find("uniqueness") != std::string::npos);
        CHECK(clinic.wait(repository.related_update_by_id(cart, "1", lines, "2", {{"label", "w"}}))->size() == 1);
        CHECK(clinic.wait(repository.related_update_by_id(cart, "1", lines, "9", {{"label", "w"}}))->empty());
        CHECK(clinic.wait(repository.related_destroy_by_id(cart, "1", lines, "1")).ok());
        CHECK(clinic.find("Cart", R"({"include":"lines"})") == json::parse(R"([{"id":1,"_lines":[{"id":2,"label":"w"}],"lines":[{"id":2,"label":"w"}]}])"));
        CHECK(clinic.ids("Cart", R"({"where":{"lines":{"label":"w"}}})") == "1");
    }
}

TEST_CASE("references_many: in the order of the list, and no id twice") {
    for (const auto& connector : k_connectors) {
        CAPTURE(connector);
        Clinic clinic{connector};
        auto& repository = *clinic.repository;
        const auto& album = clinic.model("Album");
        const auto& tracks = clinic.relation("Album", "tracks");
        for (int i = 0; i < 3; ++i) clinic.create("Track", R"({"title":"t"})");
        clinic.create("Album", "{}");
        for (const char* id : {"3", "1"}) CHECK(clinic.wait(repository.link(album, "1", tracks, id, json::object()))->size() == 1);
        CHECK(clinic.wait(repository.link(album, "1", tracks, "9", json::object()))->empty());
        CHECK(clinic.wait(repository.link(album, "1", tracks, "3", json::object())).error().code() == Errc::validation);
        CHECK(clinic.find("Album", R"({"include":"tracks"})")[0]["tracks"][0]["id"] == 3);
        CHECK(clinic.wait(repository.related_find_by_id(album, "1", tracks, "2")).error().message() == "Key mismatch: Album.trackIds: 3,1, Track.id: 2");
        CHECK(*clinic.wait(repository.related_count(album, "1", tracks, Where{})) == 2);
        CHECK(clinic.wait(repository.related_destroy_by_id(album, "1", tracks, "3")).ok());
        CHECK(clinic.find("Album", "{}")[0]["trackIds"] == json::array({1}));
        CHECK(clinic.ids("Track", "{}") == "1 2");
        CHECK(clinic.ids("Album", R"({"where":{"tracks":{"title":"t"}}})") == "1");
    }
}

TEST_CASE("polymorphic: one query for each model that is named") {
    for (const auto& connector : k_connectors) {
        CAPTURE(connector);
        Clinic clinic{connector};
        clinic.create("Author", "{}");
        const auto& pictures = clinic.relation("Author", "pictures");
        CHECK(clinic.wait(clinic.repository->related_create(clinic.model("Author"), "1", pictures, {{"url", "u"}})).ok());
        clinic.create("Picture", R"({"imageableId":1,"imageableType":"Nope"})");
        CHECK(clinic.spent("Picture", R"({"include":"imageable"})") == 2);
        const auto found = clinic.find("Picture", R"({"include":"imageable"})");
        CHECK(found[0]["imageable"]["id"] == 1);
        CHECK_FALSE(found[1].contains("imageable"));
        CHECK(clinic.wait(clinic.repository->related(clinic.model("Picture"), "2", clinic.relation("Picture", "imageable"), nullptr)).error().code() ==
              Errc::not_found);
        CHECK(clinic.find("Author", R"({"include":"pictures"})")[0]["pictures"].size() == 1);
    }
}

TEST_CASE("where on related models: what SQL says in a sub-query, others find by keys") {
    for (const auto& connector : k_connectors) {
        CAPTURE(connector);
        Clinic clinic{connector};
        CHECK(clinic.ids("Doctor", R"({"where":{"patients":{"age":{"gt":20}}}})") == "1 2");
        CHECK(clinic.ids("Doctor", R"({"where":{"patients.age":10}})") == "1");
        CHECK(clinic.ids("Doctor", R"({"where":{"visits":{"fee":{"gte":5}}}})") == "1");
        CHECK(clinic.ids("Visit", R"({"where":{"doctor":{"or":[{"name":"b"},{"patients":{"age":10}}]}}})") == "1 2 3");
        CHECK(clinic.ids("Visit", R"({"where":{"doctor":{"name":{"like":"b"}},"patient":{}}})") == "3");
        CHECK(clinic.ids("Visit", R"({"where":{"doctor":{"pin":"1"}}})") == "The property pin of Doctor cannot be queried");
        CHECK(clinic.ids("Picture", R"({"where":{"imageable":{"id":1}}})").find("cannot be queried") != std::string::npos);
        if (clinic.connector->joins()) CHECK(clinic.spent("Doctor", R"({"where":{"patients":{"age":10}}})") == 1);
        const auto where = parse_where(clinic.registry, clinic.model("Doctor"), json::parse(R"({"visits":{"fee":5}})"));
        REQUIRE(where.ok());
        CHECK(*clinic.wait(clinic.repository->count(clinic.model("Doctor"), *where)) == 1);
        CHECK(*clinic.wait(clinic.repository->update_all(clinic.model("Doctor"), *where, {{"name", "z"}})) == 1);
        CHECK(clinic.find("Doctor", "{}")[0]["name"] == "z");
        CHECK(*clinic.wait(clinic.repository->destroy_all(clinic.model("Doctor"), *where)) == 1);
    }
}

TEST_CASE("where on related models: bounded") {
    Clinic clinic{"memory"};
    json deep = {{"name", "x"}};
    for (int i = 0; i < 40; ++i) deep = {{i % 2 ? "patients" : "doctors", deep}};
    CHECK_FALSE(parse_where(clinic.registry, clinic.model("Doctor"), deep).ok());
    json many = json::array();
    for (int i = 0; i < 30; ++i) many.push_back({{"visits", {{"fee", i}}}});
    CHECK_FALSE(parse_where(clinic.registry, clinic.model("Doctor"), {{"or", many}}).ok());
}

TEST_CASE("default scope: its where and limit hold for everything, its order where the client has none") {
    for (const auto& connector : k_connectors) {
        CAPTURE(connector);
        Clinic clinic{connector};
        auto& repository = *clinic.repository;
        const auto& memo = clinic.model("Memo");
        for (const char* title : {"a", "b", "c"}) clinic.create("Memo", (std::string{R"({"title":")"} + title + R"("})").c_str());
        CHECK(clinic.ids("Memo", "{}") == "3 2");
        CHECK(clinic.ids("Memo", R"({"limit":1,"order":"title ASC"})") == "1 2");
        const auto all = parse_where(clinic.registry, memo, json{});
        REQUIRE(all.ok());
        CHECK(*clinic.wait(repository.update_all(memo, *all, {{"secret", true}})) == 3);
        CHECK(clinic.ids("Memo", "{}").empty());
        CHECK_FALSE(*clinic.wait(repository.exists(memo, "1")));
        CHECK(*clinic.wait(repository.destroy_by_id(memo, "1")) == 0);
    }
}

TEST_CASE("near: nearest first, within bounds, in any unit") {
    for (const auto& connector : k_connectors) {
        CAPTURE(connector);
        Clinic clinic{connector};
        for (const char* at : {R"({"at":{"lat":10,"lng":10}})", R"({"at":{"lat":0,"lng":0}})", R"({})", R"({"at":{"lat":0,"lng":1}})"}) clinic.create("Place", at);
        CHECK(clinic.ids("Place", R"({"where":{"at":{"near":{"lat":0,"lng":0}}},"order":"id"})") == "2 4 1");
        CHECK(clinic.ids("Place", R"({"where":{"at":{"near":"0,0","maxDistance":120,"unit":"kilometers"}}})") == "2 4");
        CHECK(clinic.ids("Place", R"({"where":{"at":{"near":[0,0],"maxDistance":70}}})") == "2 4");
        CHECK(clinic.ids("Place", R"({"where":{"at":{"near":[0,0],"maxDistance":60}}})") == "2");
        CHECK(clinic.ids("Place", R"({"where":{"at":{"near":[0,0],"minDistance":1}},"limit":1})") == "4");
        CHECK(clinic.ids("Place", R"({"where":{"at":{"near":{"lat":999,"lng":0}}}})") == "lat must be <= 90");
    }
}

TEST_CASE("change streams: what is written through relations is told, too") {
    for (const auto& connector : k_connectors) {
        CAPTURE(connector);
        Clinic clinic{connector};
        Changes changes;
        WatchedConnector watched{*clinic.connector, changes};
        CHECK(watched.joins() == clinic.connector->joins());
        clinic.repository.emplace(clinic.registry, [&](const Model&) -> Connector& { return watched; });
        auto& repository = *clinic.repository;
        clinic.create("Cart", "{}");
        clinic.create("Memo", R"({"title":"x"})");
        const auto visits = changes.listen(clinic.model("Visit")), carts = changes.listen(clinic.model("Cart"));
        const auto memos = changes.listen(clinic.model("Memo"));
        const auto& doctor = clinic.model("Doctor");
        const auto& patients = clinic.relation("Doctor", "patients");
        REQUIRE(clinic.wait(repository.link(doctor, "3", patients, "2", json::object())).ok());
        REQUIRE(clinic.wait(repository.unlink(doctor, "3", patients, "2")).ok());
        REQUIRE(visits->waiting.size() == 2);
        CHECK(visits->waiting[0].find("\"type\":\"create\"") != std::string::npos);
        CHECK(visits->waiting[1].find("\"type\":\"remove\"") != std::string::npos);
        const json line = {{"label", "l"}};
        REQUIRE(clinic.wait(repository.related_create(clinic.model("Cart"), "1", clinic.relation("Cart", "lines"), line)).ok());
        REQUIRE(carts->waiting.size() == 1);
        CHECK(carts->waiting[0].starts_with("{\"target\":1,\"data\":{"));
        // An id beside a default scope is still an id.
        REQUIRE(clinic.wait(repository.destroy_by_id(clinic.model("Memo"), "1")).ok());
        REQUIRE(memos->waiting.size() == 1);
        CHECK(memos->waiting[0] == "{\"target\":1,\"type\":\"remove\"}");
    }
}

}  // namespace mt::app
