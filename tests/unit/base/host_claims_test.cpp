#include "base/host_claims.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace fs = std::filesystem;

TEST_CASE("HostClaims: both tenants that name one host are told, wildcards too, and nobody else is") {
    std::string name = (fs::temp_directory_path() / "mtg-hosts-XXXXXX").native();
    const fs::path tenants = ::mkdtemp(name.data());
    const auto write = [&](const char* id, const char* text) {
        fs::create_directory(tenants / id);
        std::ofstream{tenants / id / "tenant.json"} << text;
    };
    write("a", R"({"hosts": ["a.example", "shop.example"]})");
    write("b", R"({"hosts": ["Shop.Example"]})");
    write("c", R"({"hosts": ["*.shop.example"]})");
    write("d", R"({"hosts": ["d.example", "*.shop.example"]})");
    write("e", R"({"hosts": ["one.shop.example"]})");
    write("f", R"({"hosts": 5})");
    fs::create_directory(tenants / "g");

    const auto claims = mt::HostClaims::read(tenants);
    const auto check = [&](const char* id) { return claims.check(*mt::TenantId::parse(id), tenants / id / "tenant.json"); };
    struct Row {
        const char *id, *owner, *pointer;
    };
    for (const auto& row : {Row{"a", "b", "/hosts/1"}, Row{"b", "a", "/hosts/0"}, Row{"c", "d", "/hosts/0"}, Row{"d", "c", "/hosts/1"}}) {
        CAPTURE(row.id);
        const auto status = check(row.id);
        REQUIRE_FALSE(status.ok());
        CHECK(status.error().code() == mt::Errc::invalid_config);
        CHECK(status.error().message().find(std::string{"'"} + row.owner + "'") != std::string::npos);
        CHECK(status.error().place().pointer == row.pointer);
    }
    for (const char* id : {"e", "f", "g"}) CHECK(check(id).ok());
    fs::remove_all(tenants);
}
