#include "mtm/act_on.hpp"

#include <nlohmann/json.hpp>

#include "mtm/select.hpp"
#include "mtm/tenant_file.hpp"

namespace mt::mtm {

Result<int> act_on(Session& session, const Arguments& arguments, const Action& action) {
    MT_TRY(const auto ids, select_tenants(session.layout(), arguments));
    MT_CHECK(session.gateway.require());

    const auto act = [&](const TenantId& id) -> Result<json> {
        std::vector<std::string> steps;
        if (!action.state.empty()) steps.push_back("write \"state\": \"" + action.state + "\" to " + session.display(id) + "/tenant.json");
        steps.push_back("have the gateway " + action.verb + " it");
        if (arguments.dry_run) return plan(id, steps);

        if (!action.state.empty()) MT_CHECK(write_state(session.layout(), id, action.state));
        // The gateway watches tenant.json; only a restart has to be asked for, and then goes on behind the answer.
        if (arguments.no_wait && !action.state.empty()) return json{{"id", id.str()}, {"state", nullptr}};
        const GatewayLink hurried{session.settings, std::chrono::milliseconds{1}};
        auto answer = (arguments.no_wait ? hurried : session.gateway).act(id, action.verb);
        if (arguments.no_wait && !answer.ok() && answer.error().code() == Errc::timed_out) return json{{"id", id.str()}, {"state", nullptr}};
        if (!answer.ok()) return std::move(answer).error();
        if (answer->is_object() && answer->contains("id")) return answer;
        return session.gateway.get("/tenants/" + id.str());
    };
    const auto text = [&](const json& row) {
        return arguments.dry_run ? plan_text(row) : action.done + " " + row.value("id", std::string{"-"}) + "\n";
    };
    return for_each_tenant(session, arguments, ids, act, text);
}

}  // namespace mt::mtm
