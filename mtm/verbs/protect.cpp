#include <nlohmann/json.hpp>

#include "mtm/select.hpp"
#include "mtm/tenant_file.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

/// A mark in the folder that `mtm remove` heeds; nothing that a gateway has to know.
Result<int> run_protect(Session& session, const Arguments& arguments) {
    MT_TRY(const auto ids, select_tenants(session.layout(), arguments));
    const bool on = !arguments.off;
    const auto protect = [&](const TenantId& id) -> Result<json> {
        if (arguments.dry_run)
            return plan(id, {(on ? "write \"protected\": true to " : "take \"protected\" out of ") +
                             session.display(id) + "/tenant.json"});
        MT_CHECK(write_protection(session.layout(), id, on));
        return json{{"id", id.str()}, {"protected", on}};
    };
    const auto text = [&](const json& row) {
        if (arguments.dry_run) return plan_text(row);
        return row["id"].get<std::string>() + (on ? " is protected from removal\n" : " is not protected any more\n");
    };
    return for_each_tenant(session, arguments, ids, protect, text);
}

}  // namespace mt::mtm
