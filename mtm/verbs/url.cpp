#include <nlohmann/json.hpp>

#include "mtm/select.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

Result<int> run_url(Session& session, const Arguments& arguments) {
    MT_TRY(const auto ids, select_tenants(session.layout(), arguments));
    MT_CHECK(session.gateway.require());
    const auto url = [&](const TenantId& id) -> Result<json> {
        return json{{"id", id.str()}, {"url", session.gateway.base_url() + "/" + id.str()}};
    };
    return for_each_tenant(session, arguments, ids, url, [](const json& row) { return row["url"].get<std::string>() + "\n"; });
}

}  // namespace mt::mtm
