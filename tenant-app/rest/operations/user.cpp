#include "tenant-app/rest/operations/handlers.hpp"
#include "tenant-app/rest/url.hpp"

// Logging in and what belongs to it. What the methods do is in tenant-app/auth; here are their arguments and answers.
namespace mt::app::rest {

namespace {

Error is_required(const char* name) { return Error{Errc::bad_request, std::string{name} + " is a required argument"}; }

Result<std::string> text_argument(const json& data, const char* name) {
    if (!data.is_object()) return not_an_object();
    const auto it = data.find(name);
    if (it == data.end() || it->is_null()) return is_required(name);
    if (!it->is_string()) return Error{Errc::bad_request, "Value is not a string."};
    return it->get<std::string>();
}

/// `include=user`, `include=["user"]`; capitals do not count.
bool includes_user(std::string_view query) {
    auto text = query_value(query, "include");
    if (!text) text = query_value(query, "include[]");
    if (!text) return false;
    for (char& c : *text) c = to_lower(c);
    if (*text == "user") return true;
    const auto list = json::parse(*text, nullptr, false);
    if (!list.is_array()) return false;
    for (const auto& item : list)
        if (item == "user") return true;
    return false;
}

/// A header's value: what could end the line, or is no part of a URL, is escaped as express does.
std::string location_of(std::string_view url) {
    constexpr char k_hex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : url) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = byte > ' ' && byte < 127 && std::string_view{"\"<>\\^`{|}"}.find(c) == std::string_view::npos;
        if (plain) out += c;
        else out.append(1, '%').append(1, k_hex[byte >> 4]).append(1, k_hex[byte & 15]);
    }
    return out;
}

}  // namespace

Answering login(Call& call) {
    MT_CO_TRY(const auto login, co_await call.service.auth->login(call.model, call.data));
    auto outcome = one(*login.token_model, login.token);
    if (includes_user(call.query)) {
        outcome.json.pop_back();
        outcome.json += ",\"user\":";
        append_json(outcome.json, call.model, login.user, nullptr);
        outcome.json += '}';
    }
    co_return outcome;
}

Answering logout(Call& call) {
    MT_CO_CHECK(co_await call.service.auth->logout(call.model, call.session));
    co_return nothing();
}

Answering confirm(Call& call) {
    const auto uid = query_value(call.query, "uid"), token = query_value(call.query, "token");
    if (!uid) co_return is_required("uid");
    if (!token) co_return is_required("token");
    MT_CO_CHECK(co_await call.service.auth->confirm(call.model, *uid, *token));
    const auto redirect = query_value(call.query, "redirect");
    if (!redirect) co_return nothing();
    Outcome outcome{{}, 302, location_of(*redirect)};
    co_return outcome;
}

Answering verify(Call& call) {
    auto path = call.service.settings.api_root + "/" + call.model.plural + "/confirm";
    MT_CO_CHECK(co_await call.service.auth->verify(call.model, call.id, std::move(path)));
    co_return nothing();
}

Answering reset_password(Call& call) {
    MT_CO_CHECK(co_await call.service.auth->reset_password(call.model, call.data));
    co_return nothing();
}

Answering change_password(Call& call) {
    MT_CO_TRY(auto old_one, text_argument(call.data, "oldPassword"));
    MT_CO_TRY(auto new_one, text_argument(call.data, "newPassword"));
    MT_CO_CHECK(co_await call.service.auth->change_password(call.model, call.session, std::move(old_one), std::move(new_one)));
    co_return nothing();
}

Answering set_password(Call& call) {
    MT_CO_TRY(auto new_one, text_argument(call.data, "newPassword"));
    MT_CO_CHECK(co_await call.service.auth->set_password(call.model, call.session, std::move(new_one)));
    co_return nothing();
}

}  // namespace mt::app::rest
