#include <algorithm>
#include <cmath>

#include "tenant-app/auth/auth.hpp"
#include "tenant-app/auth/password.hpp"
#include "tenant-app/auth/token.hpp"
#include "tenant-app/query/coerce.hpp"
#include "tenant-app/query/js.hpp"

// LoopBack's methods of User. An answer must not tell whether a user exists where LoopBack's does not: login takes the same time.
namespace mt::app {

namespace {

constexpr double k_ttl = 1'209'600, k_ttl_max = 31'556'926, k_reset_ttl = 900;

double number_setting(const Model& model, const char* name, double otherwise) {
    const auto& value = model.access_setting(name);
    return value.is_number() && value.get<double>() != 0 ? value.get<double>() : otherwise;
}

Error refused(const char* message, const char* code) { return Error{Errc::bad_request, message}.labelled(code); }
Error login_failed() { return Error{Errc::not_allowed, "login failed"}.labelled("LOGIN_FAILED"); }

/// "realm:name" → realm and name; without a delimiter in it all is the name.
void split_principal(const Model& users, const json& text, const char* name, json& query) {
    query[name] = text;
    const auto& delimiter = users.access_setting("realmDelimiter");
    if (!text.is_string() || !delimiter.is_string() || delimiter == "") return;
    const auto& whole = text.get_ref<const std::string&>();
    const auto& mark = delimiter.get_ref<const std::string&>();
    const auto at = whole.find(mark);
    if (at == std::string::npos) return;
    if (at > 0) query["realm"] = whole.substr(0, at);
    query[name] = whole.substr(at + mark.size());
}

/// Which user the credentials name, in LoopBack's order of complaints.
Result<json> parse_credentials(const Model& users, const json& credentials) {
    if (!credentials.is_object()) return Error{Errc::bad_request, "Value is not an object."};
    const bool with_realm = js::is_truthy(users.access_setting("realmRequired")) || js::is_truthy(users.access_setting("realmDelimiter"));
    json query = json::object();
    if (with_realm && js::is_truthy(js::member(credentials, "realm"))) query["realm"] = credentials["realm"];
    for (const char* name : {"email", "username"}) {
        if (!js::is_truthy(js::member(credentials, name))) continue;
        if (with_realm) split_principal(users, credentials[name], name, query);
        else query[name] = credentials[name];
        break;
    }
    if (with_realm && !js::is_truthy(js::member(query, "realm"))) return refused("realm is required", "REALM_REQUIRED");
    if (with_realm && !query["realm"].is_string()) return refused("Invalid realm", "INVALID_REALM");
    if (!js::is_truthy(js::member(query, "email")) && !js::is_truthy(js::member(query, "username")))
        return refused("username or email is required", "USERNAME_EMAIL_REQUIRED");
    if (query.contains("username") && !query["username"].is_string()) return refused("Invalid username", "INVALID_USERNAME");
    if (query.contains("email") && !query["email"].is_string()) return refused("Invalid email", "INVALID_EMAIL");
    return query;
}

std::string text_setting(const json& options, const char* name, const std::string& otherwise) {
    const auto& value = options.is_object() ? js::member(options, name) : options;
    if (value.is_string() && value != "") return value.get<std::string>();
    return value.is_number_integer() ? value.dump() : otherwise;
}

std::string escaped(std::string_view text) {
    constexpr char k_hex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
        const auto byte = static_cast<unsigned char>(c);
        if (plain) out += c;
        else out.append(1, '%').append(1, k_hex[byte >> 4]).append(1, k_hex[byte & 15]);
    }
    return out;
}

std::string confirm_link(const Model& users, const json& options, const std::string& path, const std::string& uid,
                         const std::string& token) {
    auto link = text_setting(options, "verifyHref", "");
    if (link.empty()) {
        const auto protocol = text_setting(options, "protocol", "http"), port = text_setting(options, "port", "3000");
        const bool usual = (protocol == "http" && port == "80") || (protocol == "https" && port == "443");
        link = protocol + "://" + text_setting(options, "host", "localhost") + (usual ? "" : ":" + port);
        const auto root = text_setting(options, "restApiRoot", "");
        link += root.empty() ? path : root + "/" + users.plural + "/confirm";
    }
    link += link.find('?') == std::string::npos ? '?' : '&';
    return link + "uid=" + escaped(uid) + "&redirect=" + escaped(text_setting(options, "redirect", "/")) + "&token=" + token;
}

}  // namespace

asio::awaitable<Result<std::vector<Record>>> Auth::find_user(const Model& users, const json& query) {
    Filter filter;
    for (const auto& [name, value] : query.items()) {
        const auto at = users.find_property(name);
        auto text = value.get<std::string>();
        if (name == "email" && users.access_setting("caseSensitiveEmail") == false)
            for (char& c : text)
                if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        filter.where = Where::both(std::move(filter.where), at ? Where::equals(*at, text) : Where::nothing());
    }
    filter.limit = 1;
    // Whom the model's default scope hides does not log in, as in LoopBack.
    filter.where = Where::both(std::move(filter.where), repository_.default_where(users));
    co_return co_await repository_.rows(users, std::move(filter));
}

/// `user` null: nobody; takes as long. A hash of LoopBack's is replaced by one of ours.
asio::awaitable<Result<bool>> Auth::password_fits(const Model& users, Record* user, std::string plain) {
    struct Work {
        std::string stored, plain, fresh;
        PasswordMatch match = PasswordMatch::wrong;
    };
    auto shared = std::make_shared<Work>();
    if (user)
        if (const auto& stored = value_of(users, *user, "password"); stored.is_string()) shared->stored = stored.get<std::string>();
    shared->plain = std::move(plain);
    auto work = [shared] {
        shared->match = match_password(shared->stored, shared->plain);
        if (shared->match != PasswordMatch::right_but_old) return;
        if (auto fresh = hash_password(shared->plain); fresh.ok()) shared->fresh = *std::move(fresh);
    };
    MT_CO_CHECK(co_await thread_.run(std::move(work)));
    if (!user || shared->match == PasswordMatch::wrong) co_return false;
    if (!shared->fresh.empty()) {
        const auto at = *users.find_property("password");
        Record changes{users};
        changes.values[at] = shared->fresh;
        // Only if it is still what was compared: a new password may have been set meanwhile.
        const auto where = Where::both(Where::equals(users.id_index, user->values[users.id_index]), Where::equals(at, shared->stored));
        MT_CO_TRY([[maybe_unused]] const auto count, co_await connector_of_(users).update(users, where, changes));
    }
    co_return true;
}

asio::awaitable<Result<Instance>> Auth::create_token(const Model& users, const Value& user_id, json ttl, json scopes) {
    const auto tokens = tokens_of(users);
    if (!tokens.model) co_return Error{Errc::failed, "model " + users.name + " has no access tokens: AccessToken is not configured"};
    double seconds = ttl.is_number() || ttl.is_string() ? js::to_number(ttl) : 0;
    if (std::isnan(seconds) || seconds == 0) seconds = number_setting(users, "ttl", k_ttl);
    seconds = std::min(seconds, number_setting(users, "maxTTL", k_ttl_max));
    json data = {{"ttl", js::number_value(seconds)}};
    data[tokens.model->properties[tokens.user_id].name] = user_id;
    if (!scopes.is_null()) data["scopes"] = std::move(scopes);
    if (tokens.model->find_property("principalType")) data["principalType"] = users.name;
    co_return co_await repository_.create(*tokens.model, std::move(data));
}

asio::awaitable<Result<Auth::Login>> Auth::login(const Model& users, const json& credentials) {
    MT_CO_TRY(const auto query, parse_credentials(users, credentials));
    const auto& password = js::member(credentials, "password");
    if (!password.is_string() || password == "") co_return login_failed();
    MT_CO_TRY(auto found, co_await find_user(users, query));
    MT_CO_TRY(const bool fits, co_await password_fits(users, found.empty() ? nullptr : &found[0], password.get<std::string>()));
    if (!fits) co_return login_failed();
    const auto& user_id = found[0].values[users.id_index];
    if (users.access_setting("emailVerificationRequired") == true && value_of(users, found[0], "emailVerified") != true) {
        co_return Error{Errc::not_allowed, "login failed as the email has not been verified"}
            .labelled("LOGIN_FAILED_EMAIL_NOT_VERIFIED")
            .with_details("{\"userId\":" + js::to_json(user_id) + "}");
    }
    MT_CO_TRY(auto token, co_await create_token(users, user_id, js::member(credentials, "ttl"), {}));
    co_return Login{tokens_of(users).model, std::move(token), Instance{std::move(found[0])}};
}

asio::awaitable<Status> Auth::logout(const Model& users, const Session* session) {
    if (!session) co_return Error{Errc::not_allowed, "accessToken is required to logout"}.labelled("NO_TOKEN");
    const auto tokens = tokens_of(users);
    if (!tokens.model) co_return Error{Errc::not_allowed, "Could not find accessToken"}.labelled("NO_TOKEN");
    const auto where = Where::equals(tokens.model->id_index, session->stored_token);
    MT_CO_TRY(const auto count, co_await connector_of_(*tokens.model).destroy(*tokens.model, where));
    if (count == 0) co_return Error{Errc::not_allowed, "Could not find accessToken"}.labelled("NO_TOKEN");
    co_return Status{};
}

asio::awaitable<Status> Auth::confirm(const Model& users, std::string uid, std::string token) {
    const auto id = coerce_id(users.id(), uid);
    MT_CO_TRY(const auto found, co_await repository_.row(users, id));
    if (found.empty()) co_return Error{Errc::not_found, "User not found: " + uid}.labelled("USER_NOT_FOUND");
    const auto& stored = value_of(users, found[0], "verificationToken");
    // LoopBack's own tokens stand in its database as they are.
    const bool same = stored.is_string() && (stored == stored_token(token) || (!is_stored_token(token) && stored == token));
    if (!same) co_return Error{Errc::bad_request, "Invalid token: " + token}.labelled("INVALID_TOKEN");
    Record changes{users};
    changes.values[*users.find_property("verificationToken")] = nullptr;
    if (const auto verified = users.find_property("emailVerified")) changes.values[*verified] = true;
    const auto where = Where::equals(users.id_index, found[0].values[users.id_index]);
    MT_CO_TRY([[maybe_unused]] const auto count, co_await connector_of_(users).update(users, where, changes));
    co_return Status{};
}

asio::awaitable<Status> Auth::verify(const Model& users, std::string id_text, std::string confirm_path) {
    const auto id = coerce_id(users.id(), id_text);
    MT_CO_TRY(const auto found, co_await repository_.row(users, id));
    if (found.empty()) co_return no_such_holder(id_text);
    const auto at = users.find_property("verificationToken");
    const auto& email = value_of(users, found[0], "email");
    if (!at || !email.is_string()) co_return Error{Errc::bad_request, "The user has no email address to verify"};
    const auto token = make_token();
    Record changes{users};
    changes.values[*at] = stored_token(token);
    const auto where = Where::equals(users.id_index, found[0].values[users.id_index]);
    MT_CO_TRY([[maybe_unused]] const auto count, co_await connector_of_(users).update(users, where, changes));
    const auto& options = users.access_setting("verifyOptions");
    const auto link = confirm_link(users, options, confirm_path, js::to_text(found[0].values[users.id_index]), token);
    Mail mail{text_setting(options, "from", "noreply@example.com"), email.get<std::string>(),
              text_setting(options, "subject", "Thanks for Registering"),
              text_setting(options, "text", "Please verify your email by opening this link in a web browser:\n\t{href}")};
    for (auto mark = mail.text.find("{href}"); mark != std::string::npos; mark = mail.text.find("{href}", mark + link.size()))
        mail.text.replace(mark, 6, link);
    co_return co_await send(std::move(mail));
}

asio::awaitable<Status> Auth::reset_password(const Model& users, const json& options) {
    if (!options.is_object()) co_return Error{Errc::bad_request, "Value is not an object."};
    if (!js::member(options, "email").is_string()) co_return refused("Email is required", "EMAIL_REQUIRED");
    if (const auto& password = js::member(options, "password"); password.is_string() && password != "")
        MT_CO_CHECK(check_password(password.get_ref<const std::string&>()));
    json query = {{"email", options["email"]}};
    if (js::member(options, "realm").is_string()) query["realm"] = options["realm"];
    MT_CO_TRY(const auto found, co_await find_user(users, query));
    if (found.empty()) co_return Error{Errc::not_found, "Email not found"}.labelled("EMAIL_NOT_FOUND");
    if (users.access_setting("emailVerificationRequired") == true && value_of(users, found[0], "emailVerified") != true)
        co_return Error{Errc::not_allowed, "Email has not been verified"}.labelled("RESET_FAILED_EMAIL_NOT_VERIFIED");
    json scopes;
    if (users.access_setting("restrictResetPasswordTokenScope") == true) scopes = json::array({"reset-password"});
    const double ttl = number_setting(users, "resetPasswordTokenTTL", k_reset_ttl);
    MT_CO_TRY(const auto token, co_await create_token(users, found[0].values[users.id_index], js::number_value(ttl), scopes));
    const auto text = token.record.values[tokens_of(users).model->id_index].get<std::string>();
    Mail mail{"noreply@example.com", options["email"].get<std::string>(), "Reset your password",
              "Somebody, probably you, asked for a new password.\n\nThis access token is good for setting one:\n\t" + text +
                  "\n\nWithout it nothing changes; if you did not ask, ignore this message."};
    const auto& sender = users.access_setting("verifyOptions");
    mail.from = text_setting(sender, "from", mail.from);
    co_return co_await send(std::move(mail));
}

asio::awaitable<Result<Record>> Auth::session_user(const Model& users, const Session* session) {
    const auto id_text = session ? js::to_text(session->user_id) : std::string{"undefined"};
    if (session && session->user_type != "USER" && session->user_type != users.name)
        co_return Error{Errc::not_allowed, "Access Denied"};
    const auto id = session ? coerce_id(users.id(), id_text) : undefined();
    MT_CO_TRY(auto found, co_await repository_.row(users, id));
    if (found.empty()) co_return Error{Errc::not_allowed, "User " + id_text + " not found"}.labelled("USER_NOT_FOUND");
    co_return std::move(found[0]);
}

asio::awaitable<Status> Auth::store_password(const Model& users, const Record& user, std::string plain, const std::string& kept_token) {
    MT_CO_CHECK(check_password(plain));
    MT_CO_TRY(auto hash, co_await hashed(std::move(plain)));
    Record changes{users};
    changes.values[*users.find_property("password")] = std::move(hash);
    const auto where = Where::equals(users.id_index, user.values[users.id_index]);
    MT_CO_TRY([[maybe_unused]] const auto count, co_await connector_of_(users).update(users, where, changes));
    const std::vector<Record> before{user};
    co_return co_await changed(users, before, changes, kept_token);
}

asio::awaitable<Status> Auth::change_password(const Model& users, const Session* session, std::string old_one, std::string new_one) {
    MT_CO_TRY(auto user, co_await session_user(users, session));
    MT_CO_TRY(const bool fits, co_await password_fits(users, &user, std::move(old_one)));
    if (!fits) co_return refused("Invalid current password", "INVALID_PASSWORD");
    co_return co_await store_password(users, user, std::move(new_one), session->stored_token);
}

asio::awaitable<Status> Auth::set_password(const Model& users, const Session* session, std::string new_one) {
    MT_CO_TRY(const auto user, co_await session_user(users, session));
    co_return co_await store_password(users, user, std::move(new_one), session->stored_token);
}

}  // namespace mt::app
