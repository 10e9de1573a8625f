#include "base/schema_seen.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "base/files.hpp"

namespace mt {

namespace {

namespace fs = std::filesystem;

/// A tenant's folder with a model and a database.
class SeenFolder {
public:
    SeenFolder() {
        std::string name = (fs::temp_directory_path() / "schema-seen-XXXXXX").native();
        REQUIRE(::mkdtemp(name.data()));
        path_ = name;
        fs::create_directory(path_ / "models");
        fs::create_directory(path_ / "data");
        put("models/Customer.json", "{}");
        put("data/db.sqlite3", "rows");
    }
    ~SeenFolder() { fs::remove_all(path_); }
    void put(const char* name, const char* text) { REQUIRE(write_file(path_ / name, text).ok()); }
    const fs::path& path() const { return path_; }
    SchemaSeen seen() const {
        return {schema_wanted(path_), "data/db.sqlite3", inode_of(path_ / "data/db.sqlite3"), {"001.sql"}, 2};
    }

private:
    fs::path path_;
};

}  // namespace

TEST_CASE("schema_seen: what was written is read, and holds until something is changed") {
    SeenFolder folder;
    CHECK_FALSE(read_schema_seen(folder.path()));
    const auto seen = folder.seen();
    REQUIRE(write_schema_seen(folder.path(), seen).ok());
    CHECK(*read_schema_seen(folder.path()) == seen);
    CHECK(still_so(seen, folder.path()));

    folder.put("data/other", "rows come and go");
    folder.put("tenant.json", "{}");
    CHECK(still_so(seen, folder.path()));
    SUBCASE("a model") { folder.put("models/Customer.json", "{\"a\":1}"); }
    SUBCASE("a new file") { folder.put("models/Order.json", "{}"); }
    SUBCASE("a migration") {
        fs::create_directory(folder.path() / "migrations");
        folder.put("migrations/001.sql", "SELECT 1");
    }
    SUBCASE("the configuration") { folder.put("model-config.json", "{}"); }
    SUBCASE("another database") {
        fs::rename(folder.path() / "data/db.sqlite3", folder.path() / "data/old");
        folder.put("data/db.sqlite3", "rows");
    }
    CHECK_FALSE(still_so(seen, folder.path()));
}

TEST_CASE("schema_seen: a first database is what the models want, unless files were applied") {
    SeenFolder folder;
    SchemaSeen seen{schema_wanted(folder.path()), "data/db.sqlite3", 0, {}, 0};
    CHECK(still_so(seen, folder.path()));
    seen.pending = 1;
    CHECK_FALSE(still_so(seen, folder.path()));
}

TEST_CASE("schema_seen: what the tenant has put there is not believed") {
    SeenFolder folder;
    for (const auto* text : {"", "{", "[]", "{}", R"({"wanted":1,"database":"x","inode":"y","applied":{},"pending":-1})"}) {
        CAPTURE(text);
        folder.put("data/.schema.json", text);
        CHECK_FALSE(read_schema_seen(folder.path()));
    }
    fs::remove(folder.path() / "data/.schema.json");
    fs::create_directory(folder.path() / "data/.schema.json");
    CHECK_FALSE(read_schema_seen(folder.path()));
    auto seen = folder.seen();
    CHECK_FALSE(write_schema_seen(folder.path(), seen).ok());
    seen.database = "/etc/passwd";
    seen.inode = inode_of("/etc/passwd");
    CHECK_FALSE(still_so(seen, folder.path()));
}

}  // namespace mt
