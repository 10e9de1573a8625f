#include "mtm/tenant_file.hpp"

#include <functional>
#include <nlohmann/json.hpp>

#include "base/units.hpp"
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

namespace {

/// Under the tenant's lock: `edit` gets what the file says and changes its members; what comes out is checked before
/// it is written.
Status edit_tenant_file(const Layout& layout, const TenantId& id,
                        const std::function<Status(const TenantConfig&, ordered_json&)>& edit) {
    MT_TRY(const auto lock, lock_tenant(layout, id));
    MT_TRY(const auto config, tenant_config(layout, id));
    MT_TRY(auto object, read_optional_object(layout.tenant(id) / "tenant.json", display(layout, id)));
    const auto before = object.root;
    MT_CHECK(edit(config, object.root));
    return object.root == before ? Status{} : write_object(object);
}

void erase_suspension(ordered_json& root) {
    root.erase("reason");
    root.erase("until");
}

}  // namespace

Status write_state(const Layout& layout, const TenantId& id, const std::string& state) {
    return edit_tenant_file(layout, id, [&](const TenantConfig& config, ordered_json& root) -> Status {
        if (config.state == state) return {};
        if (wanted_state(config, std::chrono::system_clock::now()) == "suspended")
            return Error{Errc::conflict, "the tenant is suspended" +
                         (config.reason.empty() ? "" : ": " + config.reason)}
                .of_tenant(id.str())
                .in_file(display(layout, id), 0, "/state")
                .hint("lift that first: mtm resume " + id.str());
        if (config.state == "suspended") erase_suspension(root);
        root["state"] = state;
        return {};
    });
}

Status write_suspension(const Layout& layout, const TenantId& id, const std::string& reason,
                        std::optional<WallTime> until) {
    return edit_tenant_file(layout, id, [&](const TenantConfig&, ordered_json& root) -> Status {
        erase_suspension(root);
        root["state"] = "suspended";
        if (!reason.empty()) root["reason"] = reason;
        if (until) root["until"] = format_time(*until);
        return {};
    });
}

Status lift_suspension(const Layout& layout, const TenantId& id) {
    return edit_tenant_file(layout, id, [&](const TenantConfig& config, ordered_json& root) -> Status {
        if (config.state == "stopped")
            return Error{Errc::conflict,
                         "the tenant is stopped, not suspended"}.of_tenant(id.str()).hint("mtm start " + id.str());
        if (config.state != "suspended") return {};
        erase_suspension(root);
        root["state"] = "running";
        return {};
    });
}

Status write_protection(const Layout& layout, const TenantId& id, bool is_protected) {
    return edit_tenant_file(layout, id, [&](const TenantConfig& config, ordered_json& root) -> Status {
        if (is_protected) root["protected"] = true;
        else if (config.is_protected) root.erase("protected");
        return {};
    });
}

Status check_unprotected(const Layout& layout, const TenantId& id) {
    const auto config = tenant_config(layout, id);
    if (!config.ok() || !config->is_protected) return {};
    return Error{Errc::conflict, "the tenant is protected"}
        .of_tenant(id.str())
        .in_file(display(layout, id), 0, "/protected")
        .hint("lift that first: mtm protect " + id.str() + " --off");
}

}  // namespace mt::mtm
