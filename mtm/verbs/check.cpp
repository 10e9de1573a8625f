#include <nlohmann/json.hpp>

#include "base/host_claims.hpp"
#include "mtm/check_tenant.hpp"
#include "mtm/select.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

Result<int> run_check(Session& session, const Arguments& arguments) {
    MT_TRY(const auto ids, select_tenants(session.layout(), arguments));
    const auto claims = HostClaims::read(session.layout().tenants());
    const auto check = [&](const TenantId& id) -> Result<json> {
        MT_TRY(const auto warnings, check_tenant(id, session.layout().tenant(id), session.display(id)));
        MT_CHECK(claims.check(id, session.layout().tenant(id) / "tenant.json"));
        return json{{"id", id.str()}, {"valid", true}, {"warnings", warnings}};
    };
    const auto text = [&](const json& row) {
        std::string out = row["id"].get<std::string>() + "  valid\n";
        for (const auto& warning : row["warnings"]) out += "  warning: " + warning.get<std::string>() + "\n";
        return out;
    };
    return for_each_tenant(session, arguments, ids, check, text);
}

}  // namespace mt::mtm
