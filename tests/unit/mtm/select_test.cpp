#include "mtm/select.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace mt::mtm;
namespace fs = std::filesystem;

namespace {

struct Tenants {
    fs::path path;
    Tenants() {
        std::string name = (fs::temp_directory_path() / "mtm-select-XXXXXX").native();
        path = ::mkdtemp(name.data());
        for (const auto* id : {"shop2", "shop1", "blog", ".trash", "Bad-Name"}) fs::create_directory(path / id);
    }
    ~Tenants() { fs::remove_all(path); }
    Tenants(const Tenants&) = delete;
    Tenants& operator=(const Tenants&) = delete;
};

std::string joined(const mt::Result<std::vector<mt::TenantId>>& ids) {
    if (!ids.ok()) return std::string{mt::name(ids.error().code())};
    std::string out;
    for (const auto& id : *ids) out += (out.empty() ? "" : " ") + id.str();
    return out;
}

}  // namespace

TEST_CASE("select_tenants: ids, globs and --all, each tenant once") {
    const Tenants tenants;
    const mt::Layout layout{tenants.path};
    struct Row {
        std::vector<std::string> words;
        bool all;
        const char* selected;
    };
    for (const auto& row : {Row{{"blog"}, false, "blog"}, Row{{"SHOP1", "shop1"}, false, "shop1"}, Row{{"shop*"}, false, "shop1 shop2"},
                            Row{{"shop2", "*"}, false, "shop2 blog shop1"}, Row{{}, true, "blog shop1 shop2"},
                            Row{{}, false, "usage"}, Row{{"blog"}, true, "usage"}, Row{{"x*"}, false, "no_such_tenant"},
                            Row{{"sho"}, false, "no_such_tenant"}, Row{{"../x"}, false, "invalid_name"}}) {
        CAPTURE(row.selected);
        Arguments arguments;
        arguments.words = row.words;
        arguments.all = row.all;
        CHECK(joined(select_tenants(layout, arguments)) == row.selected);
    }
}

TEST_CASE("select_tenants: by labels") {
    const Tenants tenants;
    const auto write = [&](const char* id, const char* text) { std::ofstream{tenants.path / id / "tenant.json"} << text; };
    write("shop1", R"({"labels": {"plan": "free", "region": "eu"}})");
    write("shop2", R"({"labels": {"plan": "pro", "region": "eu"}})");
    write("blog", "{ broken");
    struct Row {
        std::vector<std::string> labels;
        const char* selected;
    };
    for (const auto& row : {Row{{"plan=free"}, "shop1"}, Row{{"plan!=free"}, "shop2"}, Row{{"region=eu"}, "shop1 shop2"},
                            Row{{"region=eu", "plan=pro"}, "shop2"}, Row{{"plan"}, "shop1 shop2"}, Row{{"trial!=yes"}, "shop1 shop2"},
                            Row{{"plan="}, "no_such_tenant"}, Row{{"trial"}, "no_such_tenant"}, Row{{"=free"}, "usage"},
                            Row{{"!=free"}, "usage"}, Row{{""}, "usage"}}) {
        CAPTURE(row.selected);
        Arguments arguments;
        arguments.all = true;  // the command line says so of -l
        arguments.labels = row.labels;
        CHECK(joined(select_tenants(mt::Layout{tenants.path}, arguments)) == row.selected);
    }
}

TEST_CASE("require_tenant: names the nearest") {
    const Tenants tenants;
    const auto status = require_tenant(mt::Layout{tenants.path}, *mt::TenantId::parse("shop3"));
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().place().hint.find("did you mean 'shop") != std::string::npos);
}

TEST_CASE("tenant_names: a missing folder is an empty one") {
    const auto names = tenant_names(mt::Layout{"/nowhere/at/all"});
    REQUIRE(names.ok());
    CHECK(names->empty());
}
