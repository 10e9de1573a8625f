#include "mtm/tenant_file.hpp"

#include <nlohmann/json.hpp>

#include "mtm/edit_json.hpp"
#include "mtm/staging.hpp"

namespace mt::mtm {

namespace {

std::string display(const Layout& layout, const TenantId& id) { return (layout.tenant(id) / "tenant.json").native(); }

}  // namespace

Result<TenantConfig> tenant_config(const Layout& layout, const TenantId& id) {
    auto config = read_tenant_config(layout.tenant(id) / "tenant.json", display(layout, id));
    if (!config.ok()) return std::move(config).error().of_tenant(id.str());
    return config;
}

Status write_state(const Layout& layout, const TenantId& id, const std::string& state) {
    MT_TRY(const auto lock, lock_tenant(layout, id));
    MT_TRY(const auto config, tenant_config(layout, id));
    if (config.state == state) return {};
    if (config.state == "suspended")
        return Error{Errc::conflict, "the tenant is suspended" + (config.reason.empty() ? "" : ": " + config.reason)}
            .of_tenant(id.str())
            .in_file(display(layout, id), 0, "/state")
            .hint("whoever suspended it must lift that first");
    MT_TRY(auto object, read_optional_object(layout.tenant(id) / "tenant.json", display(layout, id)));
    object.root["state"] = state;
    return write_object(object);
}

}  // namespace mt::mtm
