#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tenant-app/model/load_registry.hpp"
#include "tenant-app/rest/explorer.hpp"
#include "tenant-app/rest/swagger.hpp"
#include "tests/support/environment.hpp"

using namespace mt::app;
using namespace mt::app::rest;
using nlohmann::json;

namespace {

json without_prose(const json& value) {
    if (!value.is_structured()) return value;
    json out = value.is_array() ? json::array() : json::object();
    for (const auto& [key, item] : value.items()) {
        if (value.is_array()) out.push_back(without_prose(item));
        else if (!((key == "summary" || key == "description") && item.is_string())) out[key] = without_prose(item);
    }
    return out;
}

std::filesystem::path conformance() { return std::filesystem::path{mt::test::told_by_ctest("MT_SOURCE")} / "tests" / "conformance"; }

struct Tenant {
    Tenant() {
        std::vector<std::string> warnings;
        auto loaded = load_registry(conformance() / "tenant", {"memory", "transient"}, warnings);
        REQUIRE(loaded.ok());
        registry = *std::move(loaded);
    }
    Registry registry;
    Repository repository{registry, [](const Model&) -> Connector& { std::abort(); }};
};

std::string location(const Answer& answer) { return answer.extra_fields; }

}  // namespace

TEST_CASE("swagger_text: describes models and operations as LoopBack does") {
    Tenant tenant;
    const Service service{tenant.registry, tenant.repository, {}};
    const auto ours = without_prose(json::parse(swagger_text(service, "/foo")));
    std::ifstream file{conformance() / "swagger.json"};
    const auto recorded = without_prose(json::parse(file));
    CHECK(ours["basePath"] == "/foo/api");
    for (const auto* path : {"/Customers", "/Customers/{id}", "/Customers/{id}/exists", "/Customers/{id}/replace", "/Customers/findOne",
                             "/Customers/count", "/Customers/update", "/Customers/upsertWithWhere", "/Customers/replaceOrCreate",
                             "/Customers/{id}/orders", "/Customers/{id}/orders/{fk}", "/Customers/{id}/orders/count",
                             "/Orders/{id}/customer", "/Suppliers/{id}/account", "/Products", "/AnyIds", "/top-secrets", "/memoz/{id}",
                             "/Physicians/{id}/patients", "/Physicians/{id}/patients/{fk}", "/Physicians/{id}/patients/rel/{fk}",
                             "/Assemblies/{id}/parts/rel/{fk}", "/Carts/{id}/lines", "/Carts/{id}/lines/{fk}", "/Carts/{id}/lines/count",
                             "/Carts/{id}/address", "/Albums/{id}/tracks/rel/{fk}", "/Authors/{id}/pictures", "/Pictures/{id}/imageable",
                             "/memoz/published", "/memoz/published/count"}) {
        CAPTURE(std::string{path});
        REQUIRE(ours["paths"].contains(path));
        CHECK(ours["paths"][path] == recorded["paths"][path]);
    }
    for (const auto* name : {"Customer", "$new_Customer", "Order", "$new_Order", "Product", "Widget", "$new_Widget", "Secret", "x-any", "GeoPoint",
                             "Cart", "$new_Cart", "Line", "Addr", "Album", "$new_Album", "Picture", "PartAssembly", "PersistedModel"}) {
        CAPTURE(std::string{name});
        CHECK(ours["definitions"][name] == recorded["definitions"][name]);
    }
    CHECK_FALSE(ours["definitions"].contains("$new_Product"));
}

TEST_CASE("explorer_page: reaches the gateway's assets from any depth") {
    Settings settings;
    settings.explorer = "/explorer";
    CHECK(explorer_page(settings, "/foo").find("href=\"../../-/explorer/swagger-ui.css\"") != std::string::npos);
    CHECK(explorer_page(settings, "").find("href=\"../-/explorer/swagger-ui.css\"") != std::string::npos);
    CHECK(explorer_page(settings, "/outer/foo").find("const known = \"/outer/foo/explorer/\";") != std::string::npos);
    settings.explorer = "/</script>";
    CHECK(explorer_page(settings, "").find("\"/\\u003c/script>/\"") != std::string::npos);
    settings.explorer = "/docs/api";
    CHECK(explorer_page(settings, "/foo").find("href=\"../../../-/explorer/swagger-ui.css\"") != std::string::npos);
}

TEST_CASE("find_explorer: redirects within the tenant's prefix") {
    Tenant tenant;
    Settings settings;
    settings.explorer = "/explorer";
    const Service service{tenant.registry, tenant.repository, settings};
    Request request;
    request.verb = Verb::get;
    request.path = request.target = "/explorer";
    request.forwarded_prefix = "/foo";
    const auto answer = find_explorer(service, request);
    REQUIRE(answer);
    CHECK(answer->status == 301);
    CHECK(location(*answer) == "Location: /foo/explorer/\r\n");
    request.path = request.target = "/explorer/nope";
    CHECK_FALSE(find_explorer(service, request).has_value());
}
