#include "tenant-app/jobs/explain.hpp"

#include <boost/asio/co_spawn.hpp>

#include "tenant-app/rest/authorize.hpp"
#include "tenant-app/rest/router.hpp"
#include "tenant-app/rest/url.hpp"

namespace mt::app {

namespace {

using rest::Verb;

Result<Verb> verb_of(const std::string& method) {
    constexpr std::pair<const char*, Verb> k_verbs[] = {{"GET", Verb::get}, {"HEAD", Verb::head}, {"POST", Verb::post},
                                                        {"PUT", Verb::put}, {"PATCH", Verb::patch}, {"DELETE", Verb::del}};
    for (const auto& [name, verb] : k_verbs)
        if (rest::same_letters(method, name)) return verb;
    return Error{Errc::usage, "\"" + method + "\" is no HTTP method"}.hint("GET, HEAD, POST, PUT, PATCH or DELETE");
}

json document(const rest::Call& call, const Demand& demand, const Ruling& ruling, const std::string& as) {
    json rules = json::array();
    for (const auto& step : ruling.steps)
        rules.push_back({{"rule", step.rule}, {"source", step.source}, {"score", step.score}, {"applies", step.applies}});
    json data = {{"method", call.asked().name + "." + demand.method}, {"accessType", demand.access_type},
                 {"allowed", ruling.allowed}, {"reason", ruling.reason}, {"rules", std::move(rules)}};
    if (!as.empty()) data["as"] = as;
    if (!demand.instance_id.empty()) data["instance"] = demand.instance_id;
    return {{"ok", true}, {"data", std::move(data)}};
}

asio::awaitable<Result<std::string>> explain(const rest::Service& service, std::string method, std::string target, std::string as) {
    MT_CO_TRY(const auto verb, verb_of(method));
    const std::string path = target.substr(0, target.find('?'));
    const auto below = rest::below_mount(path, service.settings.api_root);
    const auto [model, rest_path] = service.find_model(below ? *below : std::string_view{path});
    if (!model) co_return Error{Errc::not_found, "no model is served at " + path}.hint("a path of the API: /Customers/1");
    const auto route = rest::find_route(*model, verb, rest_path);
    if (!route.operation) co_return Error{Errc::not_found, model->name + " has no method at " + method + " " + path};
    rest::Call call{service, route.via ? *route.via->target : *model, route.relation, route.scope,
                    rest::decode_component(route.id).value_or(""), {}, {}, {}, {}, {}};
    call.holder = model;
    call.via = route.via;
    std::optional<Session> session;
    if (!as.empty()) {
        MT_CO_TRY(session, co_await service.auth->session_as(as));
        call.session = &*session;
    }
    const auto demand = rest::demand_of(call, *route.operation);
    MT_CO_TRY(const auto ruling, co_await service.auth->access().decide(demand, call.session, true));
    co_return document(call, demand, ruling, as).dump(-1, ' ', false, json::error_handler_t::replace);
}

asio::awaitable<void> keep(asio::awaitable<Result<std::string>> work, std::optional<Result<std::string>>& result) {
    result.emplace(co_await std::move(work));
}

}  // namespace

Result<std::string> explain_access(asio::io_context& io, const rest::Service& service, const std::string& method,
                                   const std::string& path, const std::string& as) {
    std::optional<Result<std::string>> result;
    asio::co_spawn(io, keep(explain(service, method, path, as), result), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    });
    io.run();
    if (!result) return Error{Errc::failed, "the question was not answered"};
    return *std::move(result);
}

}  // namespace mt::app
