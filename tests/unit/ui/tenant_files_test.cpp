#include "gateway/ui/tenant_files.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace mt;
using namespace mt::gateway;
namespace fs = std::filesystem;

namespace {

class Folder {
public:
    Folder() {
        auto name = (fs::temp_directory_path() / "mtg-files-XXXXXX").native();
        path = ::mkdtemp(name.data());
        fs::create_directory(path / "models");
    }
    ~Folder() { fs::remove_all(path); }
    void write(const char* name, const char* text) const { std::ofstream{path / name} << text; }
    fs::path path;
};

}  // namespace

TEST_CASE("tenant_files: the files that describe the tenant, masked; nothing else of its folder") {
    const Folder folder;
    folder.write("tenant.json", R"({"env": {"A": "hush"}})");
    folder.write("datasources.local.json", R"({"db": {"password": "hush"}})");
    folder.write("models/Item.json", R"({"name": "Item"})");
    folder.write("secrets.json", R"("hush")");
    folder.write("data.db", "hush");
    fs::create_symlink(folder.path / "secrets.json", folder.path / "config.json");
    const auto files = tenant_files(folder.path);
    REQUIRE(files.size() == 3);
    CHECK(files.dump().find("hush") == std::string::npos);
    CHECK(files[0]["name"] == "datasources.local.json");
    CHECK(files[1]["name"] == "tenant.json");
    CHECK(files[2]["name"] == "models/Item.json");
    CHECK(files[2]["content"] == "{\n  \"name\": \"Item\"\n}");
}

TEST_CASE("tenant_files: what is no JSON is named with its line, and not shown") {
    const Folder folder;
    folder.write("tenant.json", "{\n  \"env\": hush\n}");
    const auto files = tenant_files(folder.path);
    REQUIRE(files.size() == 1);
    CHECK(files[0]["line"] == 2);
    CHECK_FALSE(files[0].contains("content"));
    CHECK(files.dump().find("hush") == std::string::npos);
}
