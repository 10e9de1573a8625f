#include "base/command_config.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/files.hpp"

using namespace mt;
namespace fs = std::filesystem;

namespace {

struct TenantFolder {
    fs::path path;
    TenantFolder() {
        std::string name = (fs::temp_directory_path() / "mtg-command-XXXXXX").native();
        REQUIRE(::mkdtemp(name.data()));
        path = name;
    }
    ~TenantFolder() { fs::remove_all(path); }
    void write(const std::string& name, const std::string& content, unsigned mode = 0644) const {
        fs::create_directories((path / name).parent_path());
        REQUIRE(write_file(path / name, content, mode).ok());
    }
};

}  // namespace

TEST_CASE("split_command: blanks part words, quotes and backslashes keep them") {
    using Words = std::vector<std::string>;
    for (const auto& [text, words] : std::vector<std::pair<std::string, Words>>{
             {"node server.js", {"node", "server.js"}},
             {"  node\tserver.js \n", {"node", "server.js"}},
             {"sh -c 'echo \"$HOME\" | cat'", {"sh", "-c", "echo \"$HOME\" | cat"}},
             {"a \"b c\"'d e' f", {"a", "b cd e", "f"}},
             {"a '' \"\" b", {"a", "", "", "b"}},
             {"my\\ app --x=\\\"y\\\" 'c:\\temp'", {"my app", "--x=\"y\"", "c:\\temp"}}}) {
        CAPTURE(text);
        const auto split = split_command(text);
        REQUIRE(split.ok());
        CHECK(*split == words);
    }
    for (const std::string text : {"", "  ", "''", "a 'b", "a \"b"}) {
        CAPTURE(text);
        const auto split = split_command(text);
        REQUIRE_FALSE(split.ok());
        CHECK(split.error().code() == Errc::usage);
    }
}

TEST_CASE("find_program: a path from the folder, or a name in PATH; never a name in the folder by itself") {
    const TenantFolder folder;
    folder.write("bin/run", "#!/bin/sh\n", 0755);
    folder.write("more/run", "#!/bin/sh\n", 0755);
    folder.write("plain", "text", 0644);
    fs::create_directories(folder.path / "bin/folder");
    const auto bin = (folder.path / "bin").native(), more = (folder.path / "more").native();
    const auto find = [&](const std::string& word, const std::string& search_path) { return find_program(word, folder.path, search_path); };
    CHECK(*find("./bin/run", "") == bin + "/run");
    CHECK(*find("bin/../more/run", "") == more + "/run");
    CHECK(*find(bin + "/run", "") == bin + "/run");
    CHECK(*find("run", "/nonexistent:" + bin + ":" + more) == bin + "/run");
    CHECK(*find("run", ":" + more + ":") == more + "/run");
    for (const auto& [word, search_path] : std::vector<std::pair<std::string, std::string>>{
             {"run", ""}, {"run", ":/nonexistent"}, {"./bin/folder", ""}, {"folder", bin}, {"./nothing", bin}}) {
        CAPTURE(word);
        const auto found = find(word, search_path);
        REQUIRE_FALSE(found.ok());
        CHECK(found.error().code() == Errc::not_found);
    }
    CHECK(find("./plain", "").error().code() == Errc::not_allowed);
    CHECK(find("plain", folder.path.native()).error().code() == Errc::not_allowed);
}

TEST_CASE("resolve_command: variables as in LoopBack's files; what is not known is an error in the command, absent in env") {
    const TenantFolder folder;
    folder.write("config.json", R"({"APP_PORT": 8080})");
    folder.write("secrets/token", "t0ken\n");
    ::setenv("MTG_TEST_NAME", "Ann", 1);
    const auto resolve = [&](const CommandConfig& config, std::vector<std::string>& warnings) {
        const JsonFile file{folder.path / "tenant.json",
                            ordered_json{{"command", config.words}, {"env", config.environment}}.dump(1), "foo/tenant.json"};
        return resolve_command(config, file, warnings);
    };
    std::vector<std::string> warnings;
    const auto good = resolve({{"${MTG_TEST_NAME}", "--port=${APP_PORT}", "${APP_PORT}"},
                               {{"A", "${file:secrets/token}"}, {"B", "x${MTG_TEST_NAME}"}, {"C", "${MTG_TEST_NOBODY}"}}, "fd"}, warnings);
    REQUIRE(good.ok());
    CHECK(good->words == std::vector<std::string>{"Ann", "--port=8080", "8080"});
    CHECK(good->environment == std::map<std::string, std::string>{{"A", "t0ken"}, {"B", "xAnn"}});
    CHECK(warnings.size() == 1);

    for (const auto& [config, pointer] : std::vector<std::pair<CommandConfig, std::string>>{
             {{{"node", "${MTG_TEST_NOBODY}"}, {}, "fd"}, "/command/1"},
             {{{"node", "${file:../outside}"}, {}, "fd"}, "/command/1"},
             {{{"node"}, {{"A", "${file:missing}"}}, "fd"}, "/env/A"}}) {
        CAPTURE(pointer);
        const auto bad = resolve(config, warnings);
        REQUIRE_FALSE(bad.ok());
        CHECK(bad.error().code() == Errc::invalid_config);
        CHECK(bad.error().place().pointer == pointer);
        CHECK(bad.error().place().line > 1);
    }
}
