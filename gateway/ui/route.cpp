#include "gateway/ui/route.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/json_file.hpp"

namespace mt::gateway {

namespace {

using Kind = UiRoute::Kind;

constexpr auto k_actions = std::to_array<std::string_view>({"start", "stop", "restart", "suspend", "resume"});
constexpr auto k_parameters = std::to_array<std::string_view>(
    {"search", "id", "state", "sort", "order", "offset", "limit", "lines", "follow", "slow_ms", "status"});

template <class List>
bool holds(const List& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

/// Numbers, ids, words: nothing that means anything to whoever reads it next.
bool is_plain(std::string_view value) {
    return value.size() <= 64 && std::all_of(value.begin(), value.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == ',';
    });
}

Status check_query(std::string_view query) {
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const auto pair = query.substr(0, end);
        const auto equals = std::min(pair.find('='), pair.size());
        const auto value = pair.substr(std::min(equals + 1, pair.size()));
        if (!holds(k_parameters, pair.substr(0, equals)) || !is_plain(value))
            return Error{Errc::bad_request, "a parameter that the page does not send"};
        query.remove_prefix(std::min(end + 1, query.size()));
    }
    return {};
}

Error nothing_there() { return Error{Errc::not_found, "there is no such page"}; }

/// `rest` is what stands behind "tenants/".
Result<UiRoute> tenant_route(bool get, std::string_view rest, const std::string& query) {
    const auto slash = std::min(rest.find('/'), rest.size());
    const auto name = rest.substr(0, slash);
    const auto what = rest.substr(std::min(slash + 1, rest.size()));
    if (!TenantId::is_valid(name)) return nothing_there();
    MT_TRY(const auto id, TenantId::parse(name));
    const auto path = "/tenants/" + id.str();
    if (!get && holds(k_actions, what)) return UiRoute{Kind::act, {}, id, {std::string{what}, id.str()}};
    if (!get) return nothing_there();
    if (what == "inspect") return UiRoute{Kind::control, path + "/inspect", id, {}};
    if (what == "log") return UiRoute{Kind::stream, path + "/log" + query, id, {}};
    if (what == "requests") return UiRoute{Kind::stream, path + "/requests" + query, id, {}};
    if (what == "files") return UiRoute{Kind::files, {}, id, {}};
    if (what == "why") return UiRoute{Kind::look, {}, id, {"why", id.str()}};
    if (what == "settings") return UiRoute{Kind::look, {}, id, {"config", "show", id.str()}};
    return nothing_there();
}

}  // namespace

Result<UiRoute> route_ui(std::string_view method, std::string_view target) {
    const auto question = std::min(target.find('?'), target.size());
    const auto path = target.substr(0, question);
    const bool get = method == "GET";
    if (!path.starts_with(k_api)) {
        if (!get || !path.starts_with('/')) return nothing_there();
        return UiRoute{Kind::asset, path == "/" ? "index.html" : std::string{path.substr(1)}, {}, {}};
    }
    MT_CHECK(check_query(target.substr(std::min(question + 1, target.size()))));
    const std::string query{target.substr(question)};
    const auto what = path.substr(k_api.size());
    if (what == "session" && method == "POST") return UiRoute{Kind::sign_in, {}, {}, {}};
    if (what == "session" && method == "DELETE") return UiRoute{Kind::sign_out, {}, {}, {}};
    if (!get && method != "POST") return nothing_there();
    if (get && what == "gateway") return UiRoute{Kind::control, "/gateway", {}, {}};
    // Never all of them at once.
    const auto page = query.find("limit=") == std::string::npos ? "?limit=50" : query;
    if (get && what == "tenants") return UiRoute{Kind::control, "/tenants" + page, {}, {}};
    if (get && what == "events") return UiRoute{Kind::stream, "/events" + query, {}, {}};
    constexpr std::string_view k_tenants = "tenants/";
    if (what.starts_with(k_tenants)) return tenant_route(get, what.substr(k_tenants.size()), query);
    return nothing_there();
}

Result<std::vector<std::string>> suspension_words(const TenantId& tenant, std::string_view body) {
    MT_TRY(const auto wish, parse_json(body.empty() ? "{}" : body));
    std::vector<std::string> words{"suspend", tenant.str()};
    if (!wish.is_object()) return Error{Errc::bad_request, "a suspension is an object"};
    for (const auto& [key, value] : wish.items()) {
        if ((key != "reason" && key != "until") || !value.is_string())
            return Error{Errc::bad_request, "a suspension has a \"reason\" and an \"until\", both text"};
        const auto& text = value.get_ref<const std::string&>();
        if (text.find('\0') != std::string::npos) return Error{Errc::bad_request, key + " is one line of text"};
        if (!text.empty()) words.push_back("--" + key + "=" + text);
    }
    return words;
}

}  // namespace mt::gateway
