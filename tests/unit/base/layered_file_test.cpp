#include "base/layered_file.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace fs = std::filesystem;

namespace {

/// A folder of files that goes away, with NODE_ENV unset.
class LayeredFolder {
public:
    LayeredFolder() {
        std::string name = (fs::temp_directory_path() / "mt_layers_XXXXXX").native();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
        ::unsetenv("NODE_ENV");
    }
    ~LayeredFolder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
        ::unsetenv("NODE_ENV");
    }
    void write(const char* name, std::string_view text) const { std::ofstream{path / name} << text; }
    mt::Result<std::optional<mt::LayeredFile>> read(std::string_view stem) { return mt::read_layers(path, stem, warnings); }

    fs::path path;
    std::vector<std::string> warnings;
};

}  // namespace

TEST_CASE("read_layers: local and environment go over the main file, member by member") {
    LayeredFolder folder;
    folder.write("config.json", R"({"port": 1, "remoting": {"json": {"limit": "1kb", "strict": true}}, "list": [1, {"a": 1}]})");
    folder.write("config.local.json", R"({"port": 2, "list": [7, {"b": 2}]})");
    folder.write("config.development.json", R"({"remoting": {"json": {"limit": "2kb"}}})");
    folder.write("config.production.json", R"({"port": 3, "new": true})");
    auto file = folder.read("config");
    REQUIRE(file.ok());
    REQUIRE(*file);
    CHECK((*file)->root.dump() == R"({"port":2,"remoting":{"json":{"limit":"2kb","strict":true}},"list":[7,{"a":1,"b":2}]})");
    CHECK((*file)->holder("/port").display == "config.local.json");
    CHECK((*file)->holder("/remoting/json/limit").display == "config.development.json");
    CHECK((*file)->holder("/remoting/json/strict").display == "config.json");
    CHECK((*file)->holder("/nothing").display == "config.json");

    ::setenv("NODE_ENV", "production", 1);
    file = folder.read("config");
    REQUIRE(file.ok());
    CHECK((*file)->root["port"] == 3);
    CHECK((*file)->root["new"] == true);
}

TEST_CASE("read_layers: no main file is nothing, and a layer without one is told") {
    LayeredFolder folder;
    CHECK_FALSE(*folder.read("config"));
    CHECK(folder.warnings.empty());
    folder.write("config.local.json", "{}");
    const auto file = folder.read("config");
    REQUIRE(file.ok());
    CHECK_FALSE(*file);
    REQUIRE(folder.warnings.size() == 1);
    CHECK(folder.warnings[0].starts_with("config.local.json: ignored"));
}

TEST_CASE("read_layers: what cannot be merged is an error at its file and pointer") {
    LayeredFolder folder;
    struct Row {
        const char *stem, *main, *local, *pointer;
    };
    for (const auto& row : {Row{"config", R"({"a": {"b": 1}})", R"({"a": {"b": {}}})", "/a/b"},
                            Row{"config", R"({"a": [1, 2]})", R"({"a": [1]})", "/a"},
                            Row{"config", R"({"a": {}})", R"({"a": 1})", "/a"},
                            Row{"middleware", R"({"initial": {"cors": {}}})", R"({"initial": {"helmet": {}}})", "/initial/helmet"},
                            Row{"middleware", R"({"initial": {}})", R"({"files": {}})", "/files"}}) {
        CAPTURE(row.local);
        folder.write((std::string{row.stem} + ".json").c_str(), row.main);
        folder.write((std::string{row.stem} + ".local.json").c_str(), row.local);
        const auto file = folder.read(row.stem);
        REQUIRE_FALSE(file.ok());
        CHECK(file.error().code() == mt::Errc::invalid_config);
        CHECK(file.error().place().file == std::string{row.stem} + ".local.json");
        CHECK(file.error().place().pointer == row.pointer);
        fs::remove(folder.path / (std::string{row.stem} + ".local.json"));
    }
}

TEST_CASE("read_layers: a data source that only a layer has is ignored, and told") {
    LayeredFolder folder;
    folder.write("datasources.json", R"({"db": {"connector": "memory"}})");
    folder.write("datasources.local.json", R"({"db": {"connector": "sqlite3"}, "other": {}})");
    const auto file = folder.read("datasources");
    REQUIRE(file.ok());
    CHECK((*file)->root.dump() == R"({"db":{"connector":"sqlite3"}})");
    REQUIRE(folder.warnings.size() == 1);
    CHECK(folder.warnings[0].starts_with("datasources.local.json:1 /other:"));
}

TEST_CASE("read_layers: variables come from the environment, config.json and files") {
    LayeredFolder folder;
    ::setenv("MT_TEST_HOST", "db.example", 1);
    ::unsetenv("MT_TEST_MISSING");
    folder.write("secret", "s3cret\n");
    folder.write("config.json", R"({"restApiRoot": "/api", "n": 7, "self": "${restApiRoot}"})");
    folder.write("datasources.json", R"({"db": {"host": "${MT_TEST_HOST}", "url": "x://${MT_TEST_HOST}:${n}/a", "n": "${n}",
        "password": "${file:secret}", "gone": "${MT_TEST_MISSING}", "plain": "$x {y} ${not closed", "odd": "${a-b}"}})");
    const auto file = folder.read("datasources");
    REQUIRE(file.ok());
    CHECK((*file)->root["db"].dump() ==
          R"({"host":"db.example","url":"x://db.example:7/a","n":7,"password":"s3cret","plain":"$x {y} ${not closed","odd":"${a-b}"})");
    REQUIRE(folder.warnings.size() == 1);
    CHECK(folder.warnings[0].find("/db/gone: ${MT_TEST_MISSING} is neither") != std::string::npos);
    CHECK((*folder.read("config"))->root["self"] == "/api");
}

TEST_CASE("read_layers: a file outside the folder or missing is an error where it is named") {
    LayeredFolder folder;
    for (const char* name : {"../x", "/etc/hostname", "missing", "a/../../x", ""}) {
        CAPTURE(name);
        folder.write("config.json", "{\n\"a\": [\"${file:" + std::string{name} + "}\"]}");
        const auto file = folder.read("config");
        REQUIRE_FALSE(file.ok());
        CHECK(file.error().place().pointer == "/a/0");
        CHECK(file.error().place().line == 2);
    }
}
