// "indexes" of a model, and what its properties say of their columns.
#include "tenant-app/connectors/sqlite/table.hpp"
#include "tests/component/app/shop.hpp"

namespace mt::app {

namespace {

void write_seats(Shop& shop) {
    shop.folder.write("model-config.json", R"({"Seat":{"dataSource":"db"},"Bench":{"dataSource":"db"}})");
    shop.folder.write("models/seat.json", R"({"name":"Seat","properties":{"row":"number","place":"string","note":"string"},
        "indexes":{"by_place":{"keys":{"row":1,"place":-1},"options":{"unique":true}},"by_note":{"note":1}}})");
    shop.folder.write("models/bench.json", R"({"name":"Bench","properties":{"row":"number","place":"string"},
        "indexes":{"by_place":{"columns":"row, place DESC","kind":"unique"}}})");
    shop.open();
}

bool is_refused(const json& answer) {
    return answer.is_string() && answer.get_ref<const std::string&>().starts_with("Duplicate entry for ");
}

}  // namespace

TEST_CASE("indexes: several properties are unique together, in both notations, and no start makes them again") {
    for (const auto& connector : k_connectors) {
        if (connector == "memory") continue;
        CAPTURE(connector);
        Shop shop{connector};
        write_seats(shop);
        for (const auto* model : {"Seat", "Bench"}) {
            CAPTURE(model);
            CHECK(shop.create(model, R"({"row":1,"place":"a"})").is_object());
            CHECK(shop.create(model, R"({"row":1,"place":"b"})").is_object());
            CHECK(is_refused(shop.create(model, R"({"row":1,"place":"a"})")));
        }
        shop.open();
        CHECK(is_refused(shop.create("Seat", R"({"row":1,"place":"b"})")));
        CHECK(shop.create("Bench", R"({"row":2,"place":"b"})").is_object());
    }
}

TEST_CASE("sqlite: columns and indexes are made as the model says") {
    Shop shop{"sqlite3"};
    shop.folder.write("model-config.json", R"({"Seat":{"dataSource":"db"},"Bench":{"dataSource":"db"}})");
    shop.folder.write("models/bench.json", R"({"name":"Bench","properties":{"row":"number"},"indexes":{"by_row":{"row":1}}})");
    shop.folder.write("models/seat.json", R"({"name":"Seat","properties":{
        "row":{"type":"number","sqlite3":{"dataType":"DECIMAL","dataPrecision":8,"dataScale":2,"nullable":"N"}},
        "place":{"type":"string","sqlite3":{"columnName":"place_no","dataLength":20,"dataType":null}}},
        "indexes":{"by_row":{"columns":"row,place_no DESC"}}})");
    const auto registry = shop.folder.load();
    REQUIRE(registry.ok());
    std::vector<const Model*> models;
    for (const auto& model : registry->models) models.push_back(model.get());
    const auto database = sqlite::Database::in_memory();
    const auto steps = sqlite::missing_for(**database, models);
    REQUIRE(steps.ok());
    CHECK(*steps == std::vector<std::string>{
        R"(CREATE TABLE "Seat" ("row" DECIMAL(8,2) NOT NULL, "place_no" VARCHAR(20), "id" INTEGER PRIMARY KEY AUTOINCREMENT, "_extra" TEXT))",
        R"(CREATE INDEX "by_row" ON "Seat" ("row", "place_no" DESC))",
        R"(CREATE TABLE "Bench" ("row" NUMERIC, "id" INTEGER PRIMARY KEY AUTOINCREMENT, "_extra" TEXT))",
        R"(CREATE INDEX "Bench_by_row" ON "Bench" ("row"))"});
    for (const auto& step : *steps) REQUIRE((*database)->run(step.c_str()).ok());
    CHECK(sqlite::missing_for(**database, models)->empty());
}

TEST_CASE("sqlite: a unique index of somebody else's serves, whatever its name") {
    Shop shop{"sqlite3"};
    shop.folder.write("model-config.json", R"({"Seat":{"dataSource":"db"}})");
    shop.folder.write("models/seat.json", R"({"name":"Seat","properties":{"code":{"type":"string","index":{"unique":true}}}})");
    const auto registry = shop.folder.load();
    const std::vector<const Model*> models{registry->find("Seat")};
    const auto database = sqlite::Database::in_memory();
    REQUIRE((*database)->run("CREATE TABLE Seat (id INTEGER PRIMARY KEY, code TEXT UNIQUE)").ok());
    CHECK(sqlite::missing_for(**database, models)->empty());
    REQUIRE((*database)->run("DROP TABLE Seat; CREATE TABLE Seat (id INTEGER PRIMARY KEY, code TEXT, x, UNIQUE (code, x))").ok());
    CHECK(sqlite::missing_for(**database, models)->size() == 1);
}

}  // namespace mt::app
