#include "base/server_logins.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/files.hpp"

using namespace mt;

namespace {

/// mtg.json with these servers, and its mode.
struct LoginFile {
    explicit LoginFile(const std::string& servers, unsigned mode = 0600) {
        path = std::filesystem::temp_directory_path() / ("mtg-logins-" + std::to_string(::getpid()) + ".json");
        REQUIRE(write_file(path, "{\"servers\": " + servers + "}", mode).ok());
        REQUIRE(::chmod(path.c_str(), mode) == 0);
    }
    ~LoginFile() { ::unlink(path.c_str()); }
    std::filesystem::path path;
};

constexpr const char* k_good = R"({"pg-main": {"connector": "postgresql", "user": "operator", "password": "canary", "database": "shared"}})";

}  // namespace

TEST_CASE("server logins: an entry is what the file says") {
    const LoginFile file{k_good};
    const auto login = read_server_login(file.path, "pg-main");
    REQUIRE(login.ok());
    CHECK((*login)["user"] == "operator");
}

TEST_CASE("server logins: a name that is not there is answered with those that are") {
    const LoginFile file{k_good};
    const auto login = read_server_login(file.path, "pg-other");
    REQUIRE_FALSE(login.ok());
    CHECK(login.error().code() == Errc::usage);
    CHECK(login.error().place().hint == "there are: pg-main");
}

TEST_CASE("server logins: a file that others may read is refused") {
    for (const unsigned mode : {0640u, 0604u, 0620u, 0666u}) {
        CAPTURE(mode);
        const LoginFile file{k_good, mode};
        const auto login = read_server_login(file.path, "pg-main");
        REQUIRE_FALSE(login.ok());
        CHECK(login.error().code() == Errc::invalid_config);
        CHECK(login.error().place().hint == "chmod 600 " + file.path.native());
        CHECK(describe(login.error()).find("canary") == std::string::npos);
    }
}

TEST_CASE("server logins: what is wrong is named by its pointer") {
    struct Row {
        const char* servers;
        const char* pointer;
    };
    const Row rows[] = {
        {R"([])", "/servers"},
        {R"({"a": {"connector": "postgresql", "user": "x"}})", "/servers/a"},
        {R"({"a": {"connector": "oracle", "user": "x", "database": "y"}})", "/servers/a/connector"},
        {R"({"a": {"connector": "postgresql", "user": 1, "database": "y"}})", "/servers/a/user"},
        {R"({"a": {"connector": "postgresql", "user": "x", "database": "y", "port": 0}})", "/servers/a/port"},
        {R"({"a": {"connector": "postgresql", "user": "x", "database": "y", "pasword": "z"}})", "/servers/a/pasword"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.servers);
        const LoginFile file{row.servers};
        const auto login = read_server_login(file.path, "a");
        REQUIRE_FALSE(login.ok());
        CHECK(login.error().code() == Errc::invalid_config);
        CHECK(login.error().place().pointer == row.pointer);
        CHECK(login.error().place().line > 0);
    }
}
