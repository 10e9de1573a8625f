#include "tenant-app/rest/authorize.hpp"

#include "tenant-app/auth/token.hpp"
#include "tenant-app/query/js.hpp"
#include "tenant-app/rest/url.hpp"

namespace mt::app::rest {

namespace {

bool is_instance_method(const Operation& operation) { return operation.id.starts_with("prototype."); }

/// As access rules write it: without "prototype.".
std::string rule_name(const Call& call, const Operation& operation) {
    auto name = method_name(operation, {call.relation, call.scope, call.via});
    if (is_instance_method(operation)) name.erase(0, std::string_view{"prototype."}.size());
    return name;
}

/// LoopBack says for each method what it does to data; what has nothing to do with a model's data is EXECUTE, unless it is a GET.
std::string_view access_type_of(const Operation& operation) {
    const bool reads = operation.verb == Verb::get || operation.verb == Verb::head || operation.id == "createChangeStream";
    if (operation.target == Target::user) return operation.id == "confirm" ? "READ" : "EXECUTE";
    return reads ? "READ" : "WRITE";
}

std::vector<std::string_view> aliases_of(std::string_view method) {
    if (method == "patchAttributes") return {"updateAttributes"};
    if (method == "patchOrCreate") return {"upsert", "updateOrCreate"};
    if (method == "upsertWithWhere") return {"patchOrCreateWithWhere"};
    if (method == "deleteById") return {"destroyById", "removeById"};
    if (method == "updateAll") return {"update"};
    return {};
}

/// The instance that $owner is about. LoopBack also believes an id in the query or body of operations that act on others: there
/// `GET /Docs?id=1` is the owner of Doc 1 and sees all of them. Here only what the operation acts on counts.
std::string instance_of(const Call& call, const Operation& operation) {
    if (operation.path.find("{id}") != std::string_view::npos) return call.id;
    const bool by_data = operation.id == "patchOrCreate" || operation.id == "replaceOrCreate";
    if (!by_data || !call.data.is_object()) return {};
    const auto id = call.data.find(call.model.id().name);
    return id == call.data.end() || id->is_null() ? std::string{} : js::to_text(*id);
}

Error denied(const Call& call) {
    const auto& own = call.asked().access_setting("aclErrorStatus");
    const int status = own.is_number_integer() ? own.get<int>() : call.service.settings.acl_error_status;
    if (call.session && status == 403) return Error{Errc::not_allowed, "Access Denied"}.labelled("ACCESS_DENIED");
    if (call.session && status == 404)
        return Error{Errc::not_found, "could not find " + call.asked().name + " with id " + call.id}.labelled("MODEL_NOT_FOUND");
    return Error{Errc::not_allowed, "Authorization Required"}.labelled("AUTHORIZATION_REQUIRED");
}

}  // namespace

std::string token_of(const Service& service, const Request& request) {
    if (!service.auth || !service.auth->has_tokens()) return {};
    if (request.query.find("access_token") != std::string_view::npos)
        if (auto token = query_value(request.query, "access_token")) return *std::move(token);
    if (request.has_access_token) return token_of_header(request.access_token);
    return request.has_authorization ? token_of_header(request.authorization) : std::string{};
}

Demand demand_of(const Call& call, const Operation& operation) {
    Demand demand{call.asked(), rule_name(call, operation), {}, access_type_of(operation), instance_of(call, operation)};
    demand.aliases = aliases_of(demand.method);
    if (operation.id == "setPassword" && call.asked().access_setting("restrictResetPasswordTokenScope") == true)
        demand.scope = "reset-password";
    return demand;
}

bool is_open(const Call& call, const Operation& operation) {
    auto* auth = call.service.auth;
    const bool limited = call.session && call.session->scopes;
    return !auth || (!limited && operation.target != Target::user && auth->access().is_open(call.asked()));
}

asio::awaitable<Status> authorize(const Call& call, const Operation& operation) {
    if (is_open(call, operation)) co_return Status{};
    auto* auth = call.service.auth;
    const auto demand = demand_of(call, operation);
    MT_CO_TRY(const auto ruling, co_await auth->access().decide(demand, call.session));
    if (ruling.allowed) co_return Status{};
    if (is_instance_method(operation)) {
        MT_CO_TRY(const bool exists, co_await call.service.repository.exists(call.asked(), call.id));
        if (!exists) co_return no_such_holder(call.id);
    }
    co_return denied(call);
}

}  // namespace mt::app::rest
