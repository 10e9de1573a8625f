#include "base/cli/top.hpp"

#include <nlohmann/json.hpp>

#include "mtm/select.hpp"
#include "mtm/tenant_rows.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

Result<int> run_top(Session& session, const Arguments& arguments) {
    auto wanted = arguments;
    if (wanted.words.empty()) wanted.all = true;
    MT_CHECK(session.gateway.require());
    return cli::top(session.output, arguments.top, [&]() -> Result<json> {
        MT_TRY(const auto ids, select_tenants(session.layout(), wanted));
        MT_TRY(auto rows, tenant_rows(session, ids, true));
        return json{{"tenants", std::move(rows)}};
    });
}

}  // namespace mt::mtm
