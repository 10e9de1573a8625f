// docs/decisions/0008-first-write.md: a database comes to be with the first write, whole or not at all.
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tenant-app/connectors/sqlite/publish.hpp"
#include "tenant-app/connectors/sqlite/table.hpp"
#include "tests/component/app/shop.hpp"

namespace mt::app {

namespace fs = std::filesystem;

namespace {

const char* const k_file = "data/db.sqlite3";
constexpr int k_not_traced = 77;

std::vector<const Model*> models_of(const Registry& registry) {
    std::vector<const Model*> models;
    for (const auto& model : registry.models) models.push_back(model.get());
    return models;
}

/// What a worker does before its first write is stored.
Status make_database(const Registry& registry, const fs::path& folder) {
    fs::create_directories(folder / "data");
    MT_TRY(auto memory, sqlite::Database::in_memory());
    MT_CHECK(sqlite::migrate(*memory, models_of(registry)));
    return sqlite::publish(*memory, folder, k_file);
}

/// As the gateway starts one beside another, for moments.
std::unique_ptr<Connector> another_worker(Shop& shop) {
    auto connector = make_connector(shop.loop.get_executor(), shop.folder.path(), shop.registry.datasources[0]);
    REQUIRE(connector.ok());
    REQUIRE((*connector)->migrate(models_of(shop.registry)).ok());
    return *std::move(connector);
}

/// Makes a database in a process that is killed at its system call number `call`. False: it was done before that.
bool killed_at(int call, const Registry& registry, const fs::path& folder) {
    const pid_t child = ::fork();
    if (child == 0) {
        if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(k_not_traced);
        ::raise(SIGSTOP);
        ::_exit(make_database(registry, folder).ok() ? 0 : 1);
    }
    REQUIRE(child > 0);
    int status = 0;
    ::waitpid(child, &status, 0);
    for (int stop = 0; WIFSTOPPED(status); ++stop) {
        if (stop == call) ::kill(child, SIGKILL);
        // Each call stops twice: before it and after it.
        ::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
        ::waitpid(child, &status, 0);
    }
    if (WIFEXITED(status)) {
        REQUIRE_MESSAGE(WEXITSTATUS(status) != k_not_traced, "ptrace is not allowed here: nothing can be killed at a system call");
        CHECK(WEXITSTATUS(status) == 0);
    }
    return WIFSIGNALED(status);
}

}  // namespace

TEST_CASE("sqlite: there is no database until something is written, and reads do without one") {
    Shop shop{"sqlite3"};
    CHECK(shop.ids("Customer", R"({"where":{"name":"a"},"order":"age"})").empty());
    CHECK(*shop.wait(shop.connector->count(shop.model("Customer"), Where{})) == 0);
    CHECK_FALSE(fs::exists(shop.folder.path() / k_file));
    CHECK(shop.create("Customer", R"({"name":"a"})")["id"] == 1);
    CHECK(fs::exists(shop.folder.path() / k_file));
    CHECK(shop.ids("Customer", "{}") == "1");
    shop.open();
    CHECK(shop.ids("Customer", "{}") == "1");
}

TEST_CASE("sqlite: who has read nothing yet sees what another worker of the tenant writes first, and adds to it") {
    Shop shop{"sqlite3"};
    const auto other = another_worker(shop);
    CHECK(shop.create("Customer", R"({"name":"a"})")["id"] == 1);
    const auto found = shop.wait(other->find(shop.model("Customer"), Filter{}));
    REQUIRE(found.ok());
    CHECK(found->size() == 1);

    const auto late = another_worker(shop);
    CHECK(*shop.wait(late->create(shop.model("Customer"), Record{shop.model("Customer")})) == 2);
    CHECK(shop.ids("Customer", "{}") == "1 2");
}

TEST_CASE("sqlite: of two workers that write first at once neither loses its row") {
    Shop shop{"sqlite3"};
    const auto other = another_worker(shop);
    // Both have seen that there is no file; the first one's becomes it.
    CHECK(shop.create("Customer", R"({"name":"a"})")["id"] == 1);
    CHECK(*shop.wait(other->create(shop.model("Customer"), Record{shop.model("Customer")})) == 2);
    CHECK(shop.ids("Customer", "{}") == "1 2");
}

TEST_CASE("sqlite: what a database that is gone has left is not played into the new one") {
    Shop shop{"sqlite3"};
    shop.create("Customer", R"({"name":"old"})");
    const auto wal = shop.folder.path() / "data/db.sqlite3-wal";
    REQUIRE(fs::exists(wal));
    fs::copy_file(wal, shop.folder.path() / "kept");
    shop.connector.reset();
    fs::remove(shop.folder.path() / k_file);
    fs::rename(shop.folder.path() / "kept", wal);
    shop.open();
    CHECK(shop.ids("Customer", "{}").empty());
    shop.create("Customer", R"({"name":"new"})");
    CHECK(shop.find("Customer", "{}")[0]["name"] == "new");
    CHECK(shop.ids("Customer", "{}") == "1");
}

TEST_CASE("sqlite: a worker killed at any point of making the database leaves none or the whole one") {
    TenantFolder folder;
    folder.write_shop("sqlite3");
    const auto registry = folder.load();
    REQUIRE(registry.ok());
    const auto file = folder.path() / k_file;
    unsigned without = 0, with = 0;
    for (int call = 1; killed_at(call, *registry, folder.path()); ++call) {
        CAPTURE(call);
        if (fs::exists(file)) {
            auto database = sqlite::Database::open(file);
            REQUIRE(database.ok());
            const auto tables = sqlite::migrate(**database, models_of(*registry));
            REQUIRE(tables.ok());
            auto whole = (*database)->prepare("SELECT 1 FROM pragma_quick_check WHERE quick_check <> 'ok'");
            REQUIRE(whole.ok());
            CHECK(sqlite3_step(*whole) == SQLITE_DONE);
            ++with;
        } else {
            ++without;
        }
        fs::remove_all(file.parent_path());
    }
    CHECK(without > 10);
    CHECK(with > 2);
    CHECK(make_database(*registry, folder.path()).ok());
}

}  // namespace mt::app
