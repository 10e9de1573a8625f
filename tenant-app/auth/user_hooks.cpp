#include "tenant-app/auth/auth.hpp"
#include "tenant-app/auth/email.hpp"
#include "tenant-app/auth/password.hpp"
#include "tenant-app/auth/token.hpp"
#include "tenant-app/query/js.hpp"

// What happens to users and tokens on their way into the database, whichever operation brings them there.
namespace mt::app {

namespace {

/// A text that the draft sets; null otherwise.
const std::string* text_in(const Record& record, std::optional<std::size_t> at) {
    return at && record.values[*at].is_string() ? record.values[*at].get_ptr<const std::string*>() : nullptr;
}

std::string in_small_letters(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

Where among(std::size_t property, json values) {
    Where where;
    where.kind = Where::Kind::condition;
    where.condition.property = property;
    where.condition.op = Op::inq;
    where.condition.operand = std::move(values);
    return where;
}

}  // namespace

asio::awaitable<Result<bool>> Auth::is_taken(const Model& model, std::size_t property, const Draft& draft, const Record* existing) {
    Filter filter;
    filter.where = Where::equals(property, draft.record.values[property]);
    const bool by_realm = model.access_setting("realmRequired") == true && model.access_setting("realmDelimiter").is_string();
    if (const auto realm = model.find_property("realm"); by_realm && realm) {
        const auto& value = is_undefined(draft.record.values[*realm]) && existing ? existing->values[*realm] : draft.record.values[*realm];
        filter.where = Where::both(std::move(filter.where), Where::equals(*realm, is_undefined(value) ? Value{} : value));
    }
    filter.limit = 2;
    MT_CO_TRY(const auto rows, co_await connector_of_(model).find(model, filter));
    for (const auto& row : rows)
        if (!existing || !same_id(row.values[model.id_index], existing->values[model.id_index])) co_return true;
    co_return false;
}

asio::awaitable<Status> Auth::check_user(const Model& model, Draft& draft, const Record* existing) {
    const auto password = model.find_property("password"), email = model.find_property("email");
    const auto username = model.find_property("username"), verified = model.find_property("emailVerified");
    if (const auto* plain = text_in(draft.record, password)) {
        if (existing && model.access_setting("rejectPasswordChangesViaPatchOrReplace") == true) {
            co_return Error{Errc::not_allowed, "Changing user password via patch/replace API is not allowed. Use changePassword() or "
                                               "setPassword() instead."}
                .labelled("PASSWORD_CHANGE_NOT_ALLOWED");
        }
        if (!is_loopback_hash(*plain)) MT_CO_CHECK(check_password(*plain));
    }
    if (const auto* text = text_in(draft.record, email); text && !text->empty()) {
        if (model.access_setting("caseSensitiveEmail") == false) draft.record.values[*email] = in_small_letters(*text);
        if (!is_email(*text)) draft.faults.push_back({*email, "custom.email", "Must provide a valid email"});
        MT_CO_TRY(const bool taken, co_await is_taken(model, *email, draft, existing));
        if (taken) draft.faults.push_back({*email, "uniqueness", "Email already exists"});
        const bool is_new = !existing || existing->values[*email] != draft.record.values[*email];
        if (existing && is_new && verified && model.access_setting("emailVerificationRequired") == true)
            draft.record.values[*verified] = false;
    }
    if (const auto* text = text_in(draft.record, username); text && !text->empty()) {
        MT_CO_TRY(const bool taken, co_await is_taken(model, *username, draft, existing));
        if (taken) draft.faults.push_back({*username, "uniqueness", "User already exists"});
    }
    // Nobody registers as verified.
    if (!existing && verified && draft.record.values[*verified] == true) draft.record.values[*verified] = false;
    co_return Status{};
}

asio::awaitable<Status> Auth::check(const Model& model, Draft& draft, const Record* existing) {
    draft.faults.clear();
    if (model.builtin == BuiltIn::user) co_return co_await check_user(model, draft, existing);
    if (model.builtin == BuiltIn::access_token && !existing) {
        auto& id = draft.record.values[model.id_index];
        if (!id.is_string() || id == "") id = make_token();
    }
    co_return Status{};
}

asio::awaitable<Result<std::string>> Auth::hashed(std::string plain) {
    auto result = std::make_shared<Result<std::string>>(std::string{});
    auto work = [result, plain = std::move(plain)] { *result = hash_password(plain); };
    MT_CO_CHECK(co_await thread_.run(std::move(work)));
    co_return std::move(*result);
}

asio::awaitable<Status> Auth::seal(const Model& model, Record& record) {
    if (model.builtin == BuiltIn::user) {
        const auto at = model.find_property("password");
        const auto* plain = text_in(record, at);
        if (!plain || is_loopback_hash(*plain)) co_return Status{};
        MT_CO_TRY(auto hash, co_await hashed(*plain));
        record.values[*at] = std::move(hash);
    } else if (model.builtin == BuiltIn::access_token) {
        auto& id = record.values[model.id_index];
        if (id.is_string() && !is_stored_token(id.get_ref<const std::string&>())) id = stored_token(id.get_ref<const std::string&>());
    } else if (model.builtin == BuiltIn::acl) {
        access_.forget_rows();
    }
    co_return Status{};
}

asio::awaitable<Result<std::vector<Record>>> Auth::before_change(const Model& model, const Where& where, const Record& changes) {
    const bool matters = model.builtin == BuiltIn::user && (text_in(changes, model.find_property("password")) ||
                                                            text_in(changes, model.find_property("email")));
    if (!matters) co_return std::vector<Record>{};
    Filter filter;
    filter.where = where;
    co_return co_await connector_of_(model).find(model, filter);
}

asio::awaitable<Status> Auth::changed(const Model& model, const std::vector<Record>& before, const Record& changes,
                                      const std::string& kept_token) {
    if (model.builtin == BuiltIn::acl) access_.forget_rows();
    if (model.builtin != BuiltIn::user) co_return Status{};
    const bool password = text_in(changes, model.find_property("password")) != nullptr;
    const auto email_at = model.find_property("email");
    const auto* email = text_in(changes, email_at);
    json ids = json::array();
    for (const auto& user : before)
        if (password || (email && *email != "" && user.values[*email_at] != *email)) ids.push_back(user.values[model.id_index]);
    if (ids.empty()) co_return Status{};
    co_return co_await drop_tokens(model, ids, kept_token);
}

asio::awaitable<Status> Auth::drop_tokens(const Model& users, const json& user_ids, const std::string& kept_token) {
    const auto tokens = tokens_of(users);
    if (!tokens.model) co_return Status{};
    auto where = among(tokens.user_id, user_ids);
    if (!kept_token.empty()) {
        Where others;
        others.kind = Where::Kind::condition;
        others.condition.property = tokens.model->id_index;
        others.condition.op = Op::neq;
        others.condition.operand = kept_token;
        where = Where::both(std::move(where), std::move(others));
    }
    if (const auto type = tokens.model->find_property("principalType"))
        where = Where::both(std::move(where), Where::equals(*type, users.name));
    MT_CO_TRY([[maybe_unused]] const auto gone, co_await connector_of_(*tokens.model).destroy(*tokens.model, where));
    co_return Status{};
}

asio::awaitable<Status> Auth::before_destroy(const Model& model, const Where& where) {
    if (model.builtin == BuiltIn::acl) access_.forget_rows();
    if (model.builtin != BuiltIn::user) co_return Status{};
    Filter filter;
    filter.where = where;
    MT_CO_TRY(const auto users, co_await connector_of_(model).find(model, filter));
    json ids = json::array();
    for (const auto& user : users) ids.push_back(user.values[model.id_index]);
    if (ids.empty()) co_return Status{};
    co_return co_await drop_tokens(model, ids, {});
}

}  // namespace mt::app
