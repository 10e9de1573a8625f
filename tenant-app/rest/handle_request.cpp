#include "tenant-app/rest/handle_request.hpp"

#include <nlohmann/json.hpp>

#include "tenant-app/query/parse_filter.hpp"
#include "tenant-app/rest/authorize.hpp"
#include "tenant-app/rest/body.hpp"
#include "tenant-app/rest/explorer.hpp"
#include "tenant-app/rest/pages.hpp"
#include "tenant-app/rest/report.hpp"
#include "tenant-app/rest/router.hpp"
#include "tenant-app/rest/static_files.hpp"
#include "tenant-app/rest/url.hpp"

// The worker's page to read first: one request from its head to its answer. Middleware → route table → arguments → operation →
// answer, in LoopBack's order, which clients can tell: a body that cannot be read fails before a route that is missing.
namespace mt::app::rest {

namespace {

Failure not_found(std::string message) { return {404, std::move(message), "Error", {}, {}}; }

/// What express calls req.url inside a router: what the mount left, with the query.
std::string url_below(const Request& request, std::string_view rest) {
    std::string url{rest};
    if (request.target.size() > request.path.size()) url += request.target.substr(request.path.size());
    return url;
}

/// Fills in the arguments that the operation takes. An object-valued argument that is none fails as strong-remoting's does.
Status read_arguments(const Request& request, const Operation& operation, Call& call) {
    if (operation.takes_filter) {
        MT_TRY(call.filter, parse_argument(request.query, "filter"));
        if (!call.filter.is_null() && !call.filter.is_object()) return Error{Errc::bad_request, "Value is not an object."};
    }
    if (operation.takes_where) {
        MT_TRY(call.where, parse_argument(request.query, "where"));
        if (!call.where.is_null() && !call.where.is_object()) return Error{Errc::bad_request, "Value is not an object."};
    }
    return {};
}

/// A parameter of the path, decoded into `out`.
std::optional<Failure> read_parameter(std::string_view text, std::string& out) {
    auto decoded = decode_component(text);
    if (!decoded) return Failure{400, "Failed to decode param '" + std::string{text} + "'", "URIError", {}, {}};
    out = *std::move(decoded);
    return std::nullopt;
}

/// The arguments of a routed call, or what is wrong with them.
std::optional<Failure> read_call(const Request& request, const Route& route, Call& call) {
    if (auto failure = read_parameter(route.id, call.id)) return failure;
    if (auto failure = read_parameter(route.fk, call.fk)) return failure;
    const auto status = read_arguments(request, *route.operation, call);
    if (!status.ok()) return to_failure(status.error());
    return std::nullopt;
}

/// nestRemoting: from the holder that the path names to the instance below it whose relation is asked for; its id becomes the call's.
asio::awaitable<std::optional<Failure>> enter_nested(const Model& holder, const Route& route, Call& call) {
    std::string nk;
    if (auto failure = read_parameter(route.nk, nk)) co_return failure;
    auto& repository = call.service.repository;
    const auto& target = *route.via->target;
    std::optional<Instance> found;
    if (route.via->to_many()) {
        auto one = co_await repository.related_find_by_id(holder, call.id, *route.via, nk);
        if (!one.ok()) co_return to_failure(one.error());
        found.emplace(*std::move(one));
    } else {
        auto some = co_await repository.related(holder, call.id, *route.via, nullptr);
        if (!some.ok()) co_return to_failure(some.error());
        if (!some->empty()) found.emplace(std::move(some->front()));
    }
    if (!found || found->record.values[target.id_index].is_null() || found->record.values[target.id_index].is_discarded())
        co_return Failure{404, "No \"" + target.name + "\" instance(s) found", "Error", "MODEL_NOT_FOUND", {}};
    const auto& id = found->record.values[target.id_index];
    call.id = id.is_string() ? id.get<std::string>() : id.dump();
    co_return std::nullopt;
}

Answer answer_outcome(Result<Outcome> outcome, const Request& request) {
    if (!outcome.ok()) {
        const auto failure = to_failure(outcome.error());
        if (failure.status >= 500 && failure.name != "ArrayOfErrors") report("event=request_failed", describe(outcome.error()));
        return failure_answer(failure, request);
    }
    if (outcome->stream) {
        Answer answer;
        answer.content_type = "text/event-stream";
        answer.extra_fields = "Cache-Control: no-cache\r\n";
        answer.stream = std::move(outcome->stream);
        return answer;
    }
    if (outcome->status == 204 || outcome->status == 302) {
        Answer answer;
        answer.status = outcome->status;
        if (!outcome->location.empty()) answer.extra_fields = "Location: " + outcome->location + "\r\n";
        answer.content_type = k_json_type;  // as express leaves it
        return answer;
    }
    return result_answer(std::move(outcome->json), request);
}

/// A request below the API's root; `path` is what stands after it.
asio::awaitable<Answer> handle_api(const Service& service, const Request& request, std::string_view path) {
    std::optional<Session> known;
    if (auto token = token_of(service, request); !token.empty()) {
        auto identified = co_await service.auth->session_of(std::move(token));
        if (!identified.ok()) co_return failure_answer(to_failure(identified.error()), request);
        known = *std::move(identified);
    }
    const Session* session = known ? &*known : nullptr;
    auto body = parse_body(request, service.settings);
    if (body.failure) co_return failure_answer(*body.failure, request);

    const auto [model, rest] = service.find_model(path);
    if (!model) {
        co_return failure_answer(
            not_found("There is no method to handle " + std::string{request.method} + " " + url_below(request, path)), request);
    }
    const auto route = find_route(*model, request.verb, rest);
    if (!route.operation) {
        co_return failure_answer(not_found("Shared class \"" + model->name + "\" has no method handling " +
                                           std::string{request.method} + " " + url_below(request, rest)),
                                 request);
    }
    Call call{service, route.via ? *route.via->target : *model, route.relation, route.scope, {}, {}, {}, {}, std::move(body.value),
              request.query, session, &service.repository, route.via ? model : nullptr, route.via};
    if (const auto failure = read_call(request, route, call)) co_return failure_answer(*failure, request);
    // Before the nested instance is looked for: the method, and the id that $owner looks at, are those of the model that was asked.
    if (!is_open(call, *route.operation)) {
        const auto allowed = co_await authorize(call, *route.operation);
        if (!allowed.ok()) co_return failure_answer(to_failure(allowed.error()), request);
    }
    if (route.via) {
        if (const auto failure = co_await enter_nested(*model, route, call)) co_return failure_answer(*failure, request);
    }
    std::optional<Repository> keeping;
    if (session) call.repository = &keeping.emplace(service.repository.keeping(session->stored_token));
    co_return answer_outcome(co_await route.operation->handler(call), request);
}

/// What LoopBack's middleware answers before the API is asked.
std::optional<Answer> before_api(const Service& service, const Request& request) {
    if (request.verb == Verb::options) return options_answer(service.settings.cors);
    if (auto answer = find_page(service, request)) return answer;
    return find_explorer(service, request);
}

Answer beside_api(const Service& service, const Request& request) {
    if (auto answer = find_static(service, request)) return *std::move(answer);
    if (!service.settings.url_not_found) return plain_not_found(request);
    return failure_answer(not_found("Cannot " + std::string{request.method} + " " + std::string{request.target}), request);
}

}  // namespace

asio::awaitable<Answer> handle_request(const Service& service, const Request& request) {
    try {
        if (auto answer = before_api(service, request)) co_return *std::move(answer);
        if (const auto path = below_mount(request.path, service.settings.api_root))
            co_return co_await handle_api(service, request, *path);
        co_return beside_api(service, request);
    } catch (const std::exception& exception) {
        report("event=bug", exception.what());
    } catch (...) {
        report("event=bug", "an exception of unknown type");
    }
    co_return failure_answer(Failure{}, request);
}

}  // namespace mt::app::rest
