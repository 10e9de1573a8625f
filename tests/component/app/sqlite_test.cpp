#include "tests/component/app/shop.hpp"
#include "tenant-app/connectors/sqlite/writer.hpp"

namespace mt::app {

namespace {

std::unique_ptr<sqlite::Database> open_file(const Shop& shop) {
    auto database = sqlite::Database::open(shop.folder.path() / "data/db.sqlite3");
    REQUIRE(database.ok());
    return *std::move(database);
}

}  // namespace

TEST_CASE("sqlite: what was answered is there after a restart, and ids go on counting") {
    Shop shop{"sqlite3"};
    shop.create("Customer", R"({"name":"a","foo":1})");
    shop.create("Product", "{}");
    CHECK(*shop.wait(shop.repository->destroy_by_id(shop.model("Customer"), "1")) == 1);
    shop.open();
    CHECK(shop.create("Customer", R"({"name":"b"})")["id"] == 2);
    CHECK(shop.create("Product", "{}")["id"] == "2");
    CHECK(shop.ids("Customer", "{}") == "2");
}

TEST_CASE("sqlite: another worker of the same tenant never gets an id twice") {
    Shop shop{"sqlite3"};
    shop.create("Order", "{}");
    CHECK(open_file(shop)->run("INSERT INTO \"Order\" (description) VALUES ('by another')").ok());
    CHECK(shop.create("Order", "{}")["id"] == 3);
}

TEST_CASE("sqlite: migration adds columns and indexes, keeps data, and does nothing the second time") {
    Shop shop{"sqlite3"};
    shop.create("Customer", R"({"name":"a"})");
    shop.folder.write("models/customer.json", R"({"name":"Customer","properties":{"name":{"type":"string","index":true},"nick":"string"},
        "relations":{"orders":{"type":"hasMany","model":"Order","foreignKey":"customerId"}}})");
    shop.open();
    CHECK(shop.find("Customer", R"({"where":{"nick":null}})")[0]["name"] == "a");
    shop.create("Customer", R"({"nick":"n"})");
    CHECK(shop.ids("Customer", R"({"where":{"nick":"n"}})") == "2");
    shop.open();
}

TEST_CASE("sqlite: a table that others made is used as it is, without a column for undeclared properties") {
    Shop shop{"sqlite3"};
    shop.create("Any", "{}");
    CHECK(open_file(shop)->run("DROP TABLE \"Any\"; CREATE TABLE \"Any\" (id INTEGER PRIMARY KEY, name TEXT, x TEXT)").ok());
    shop.open();
    CHECK(shop.create("Any", R"({"name":"a","foo":1})")["id"] == 1);
    CHECK(shop.ids("Any", R"({"where":{"foo":1}})").empty());
    CHECK(shop.ids("Any", R"({"where":{"foo":null}})") == "1");
}

TEST_CASE("sqlite: says what it cannot use") {
    Shop shop{"sqlite3"};
    shop.connector.reset();
    shop.folder.write("data/db.sqlite3", std::string(4096, 'x'));
    std::filesystem::remove(shop.folder.path() / "data/db.sqlite3-wal");
    auto made = make_connector(shop.loop.get_executor(), shop.folder.path(), shop.registry.datasources[0]);
    REQUIRE(made.ok());
    const auto migrated = (*made)->migrate({});
    REQUIRE_FALSE(migrated.ok());
    CHECK(migrated.error().code() == Errc::invalid_config);
    CHECK(migrated.error().place().file.ends_with("data/db.sqlite3"));
    for (const char* file : {"../other/db.sqlite3", "/tmp/x", "a/../../b", ":memory:", ""}) {
        CAPTURE(file);
        const Datasource datasource{"db", "sqlite3", std::make_shared<const ordered_json>(ordered_json{{"file", file}})};
        CHECK_FALSE(make_connector(shop.loop.get_executor(), shop.folder.path(), datasource).ok());
    }
}

TEST_CASE("sqlite: a file of two tables with the same columns refuses a model that would share one") {
    Shop shop{"sqlite3"};
    shop.folder.write("models/any.json", R"({"name":"Any","properties":{"x":"string","X":"string"}})");
    const auto registry = shop.folder.load();
    REQUIRE(registry.ok());
    const auto migrated = shop.connector->migrate({registry->find("Any")});
    REQUIRE_FALSE(migrated.ok());
    CHECK(migrated.error().code() == Errc::invalid_config);
}

TEST_CASE("sqlite: writes that wait together are committed together, and one refused does not hurt the others") {
    TenantFolder folder;
    asio::io_context loop{1};
    sqlite::Writer writer{loop.get_executor(), folder.path() / "db"};
    std::vector<std::optional<Result<Value>>> results(100);
    for (std::size_t i = 0; i < results.size(); ++i) {
        sqlite::Writer::Work work = [i](sqlite::Database& database) -> Result<Value> {
            MT_CHECK(database.run("CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY)"));
            MT_CHECK(database.run(("INSERT INTO t VALUES (" + std::to_string(i / 2) + ")").c_str()));
            return Value(i);
        };
        asio::co_spawn(loop, store(writer.run(std::move(work)), results[i]), [](std::exception_ptr failure) { CHECK_FALSE(failure); });
    }
    loop.run();
    CHECK(std::count_if(results.begin(), results.end(), [](const auto& result) { return result && result->ok(); }) == 50);
    CHECK(writer.commits() < 100);
}

TEST_CASE("sqlite: filters cannot be made to change or reveal anything") {
    Shop shop{"sqlite3"};
    shop.create("Customer", R"({"name":"a"})");
    for (const json& filter : {json{{"where", {{"name", "' OR 1=1 --"}}}}, json{{"where", {{"name' OR 1=1 --", 1}}}}, json{{"where", {{"address.x\") OR 1=1 --", "y"}}}},
                               json{{"where", {{"name", {{"inq", {"') OR 1=1 --"}}}}}}}, json{{"where", {{"name", {{"like", "' OR 1=1 --"}}}}}},
                               json{{"where", {{"_extra", "{}"}}}}}) {
        CAPTURE(filter.dump());
        CHECK(shop.ids("Customer", filter.dump().c_str()).empty());
    }
    CHECK(shop.ids("Customer", R"({"order":"address.c\"||x"})") == "1");
    CHECK(shop.ids("Customer", R"({"order":"_extra"})") == "1");
}

}  // namespace mt::app
