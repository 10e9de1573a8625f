#include "gateway/ui/answer.hpp"

#include <nlohmann/json.hpp>

#include "base/control/document.hpp"
#include "base/log.hpp"
#include "gateway/ui/manager.hpp"
#include "gateway/ui/request_rules.hpp"
#include "gateway/ui/route.hpp"
#include "gateway/ui/tenant_files.hpp"

namespace mt::gateway {

namespace asio = boost::asio;
using Answer = asio::awaitable<UiAnswer>;

namespace {

constexpr std::chrono::seconds k_look_patience{10}, k_act_patience{60};

unsigned status_for(Errc code) {
    if (code == Errc::bad_request || code == Errc::usage || code == Errc::invalid_name) return 400;
    if (code == Errc::not_found || code == Errc::no_such_tenant) return 404;
    if (code == Errc::conflict) return 409;
    if (code == Errc::unavailable || code == Errc::interrupted) return 503;
    if (code == Errc::timed_out) return 504;
    return code == Errc::invalid_config ? 422 : 500;
}

UiAnswer failure_answer(const Error& error) { return refusal(status_for(error.code()), error); }

std::string text_of(const json& document) {
    return document.dump(-1, ' ', false, json::error_handler_t::replace);  // files may hold any bytes
}

UiAnswer document(json data) {
    return {200, "application/json", text_of(ok_document(std::move(data))), {}, {}};
}

UiAnswer busy() {
    return refusal(503, Error{Errc::unavailable, "too much is asked at once"}.hint("try again in a moment"));
}

UiAnswer unknown_reader(unsigned status, std::string why) {
    return refusal(status, Error{Errc::not_allowed, std::move(why)}.hint("mtg ui prints a link that signs in"));
}

UiAnswer asset(const Site& site, const std::string& name) {
    const auto* found = site.assets.find(name);
    if (!found) return refusal(404, Error{Errc::not_found, "there is no such page"});
    return {200, std::string{found->content_type}, found->content, {}, {}};
}

UiAnswer sign_in(Site& site, const UiRequest& request) {
    const auto wish = parse_json(request.body, 4);
    const bool well_formed = wish.ok() && wish->is_object() && wish->contains("token") && (*wish)["token"].is_string();
    const auto token = well_formed ? (*wish)["token"].get<std::string>() : std::string{};
    const auto session = site.sign_in.exchange(token, SignIn::Clock::now());
    if (!session) {
        log::warn("event=ui_sign_in_refused");
        return unknown_reader(401, "this link was used already, or is too old");
    }
    log::info("event=ui_signed_in");
    auto answer = document({{"key", session->key}, {"version", MT_VERSION}});
    answer.set_cookie = site.cookie_name() + "=" + session->cookie + "; HttpOnly; SameSite=Strict; Path=/-/";
    return answer;
}

UiAnswer sign_out(Site& site, const UiRequest& request) {
    site.sign_in.sign_out(cookies_named(request.cookie, site.cookie_name()));
    auto answer = document({{"state", "signed out"}});
    answer.set_cookie = site.cookie_name() + "=; HttpOnly; SameSite=Strict; Path=/-/; Max-Age=0";
    return answer;
}

/// Nothing: the request may be answered.
std::optional<UiAnswer> not_allowed(Site& site, const UiRequest& request) {
    const auto cookies = cookies_named(request.cookie, site.cookie_name());
    switch (site.sign_in.standing(cookies, request.key, SignIn::Clock::now())) {
        case SignIn::Standing::signed_in: return std::nullopt;
        case SignIn::Standing::unknown: return unknown_reader(401, "nobody is signed in");
        case SignIn::Standing::without_key: return unknown_reader(403, "the page's own field is missing or wrong");
    }
    return std::nullopt;
}

Answer from_control(Site& site, std::string target) {
    if (site.asking >= Site::k_asking_max) co_return busy();
    const UnderWay asking{site.asking};
    auto asked = ask_control(site.layout.control_socket(), std::move(target));
    auto answer = co_await std::move(asked);
    if (!answer.ok()) co_return failure_answer(answer.error());
    co_return UiAnswer{answer->status, "application/json", std::move(answer->body), {}, {}};
}

Answer lines_of_control(Site& site, std::string target) {
    if (site.streams >= Site::k_streams_max) co_return busy();
    auto place = std::make_unique<UnderWay>(site.streams);
    auto opening = open_lines(site.layout.control_socket(), std::move(target));
    auto lines = co_await std::move(opening);
    if (!lines.ok()) co_return failure_answer(lines.error());
    auto& refused = lines->refusal;
    if (refused.status != 200) co_return UiAnswer{refused.status, "application/json", std::move(refused.body), {}, {}};
    co_return UiAnswer{200, "application/x-ndjson", {}, {}, *std::move(lines), std::move(place)};
}

/// Has mtm do it, on the tenants and the gateway that are ours.
Answer from_manager(Site& site, std::vector<std::string> words, std::chrono::milliseconds patience) {
    if (site.commands >= Site::k_commands_max) co_return busy();
    const UnderWay counted{site.commands};
    const auto& layout = site.layout;
    words.insert(words.end(), {"--json", "--tenants", layout.tenants().native(), "--socket",
                               layout.control_socket().native()});
    if (!site.config_file.empty()) words.insert(words.end(), {"--config", site.config_file.native()});
    auto running = run_manager(site.manager, std::move(words), patience);
    auto told = co_await std::move(running);
    if (!told.ok()) co_return failure_answer(told.error());
    UiAnswer answer{200, "application/json", std::move(told->document), {}, {}};
    if (told->ok) co_return answer;
    const auto told_error = parse_json(answer.body);
    const bool says_why = told_error.ok() && told_error->is_object() && told_error->contains("error");
    answer.status = status_for(says_why ? error_from((*told_error)["error"]).code() : Errc::failed);
    co_return answer;
}

UiAnswer files_of(const Site& site, const TenantId& tenant) {
    const auto folder = site.layout.tenant(tenant);
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored))
        return failure_answer(Error{Errc::no_such_tenant, "there is no tenant '" + tenant.str() + "'"});
    return document(tenant_files(folder));
}

}  // namespace

UiAnswer refusal(unsigned status, const Error& error) {
    return {status, "application/json", text_of(error_document(error)), {}, {}};
}

Answer answer_ui(Site& site, UiRequest request) {
    using Kind = UiRoute::Kind;
    if (!is_own_host(request.host, site.port))
        co_return refusal(421, Error{Errc::bad_request, "this page is at localhost:" + std::to_string(site.port)});
    auto route = route_ui(request.method, request.target);
    if (!route.ok()) co_return failure_answer(route.error());
    if (route->kind == Kind::asset) co_return asset(site, route->target);

    // Browsers say who asks; programs that do not are held to the secrets alone, which no other page has.
    const bool foreign = !request.fetch_site.empty() && request.fetch_site != "same-origin";
    const bool changes = request.method != "GET";
    if (foreign || ((changes || !request.origin.empty()) && !is_own_origin(request.origin, request.host)))
        co_return refusal(403, Error{Errc::not_allowed, "another page asks"});
    if (route->kind == Kind::sign_in) co_return sign_in(site, request);
    if (auto refused = not_allowed(site, request)) co_return *std::move(refused);

    if (route->kind == Kind::sign_out) co_return sign_out(site, request);
    if (route->kind == Kind::files) co_return files_of(site, *route->tenant);
    if (route->kind == Kind::control || route->kind == Kind::stream) {
        const auto ask = route->kind == Kind::control ? from_control : lines_of_control;
        auto asked = ask(site, std::move(route->target));
        co_return co_await std::move(asked);
    }
    const bool acts = route->kind == Kind::act;
    if (acts) log::info("tenant=" + route->tenant->str() + " event=ui_action action=" + route->words.front());
    if (acts && route->words.front() == "suspend") {
        auto words = suspension_words(*route->tenant, request.body);
        if (!words.ok()) co_return failure_answer(words.error());
        route->words = *std::move(words);
    }
    auto asked = from_manager(site, std::move(route->words), acts ? k_act_patience : k_look_patience);
    co_return co_await std::move(asked);
}

}  // namespace mt::gateway
