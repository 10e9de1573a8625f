#include "tenant-app/auth/auth.hpp"

#include <chrono>

#include "tenant-app/auth/token.hpp"
#include "tenant-app/query/coerce.hpp"
#include "tenant-app/query/js.hpp"

namespace mt::app {

namespace {

constexpr std::size_t k_token_bytes_max = 1'000;

std::int64_t now_ms() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

/// -1 is for ever, where the users' model allows that.
bool is_alive(const Model& model, const Record& token) {
    const auto created = js::to_time(value_of(model, token, "created"));
    const auto& ttl = value_of(model, token, "ttl");
    if (!created || value_of(model, token, "created").is_null() || !ttl.is_number()) return false;
    const double seconds = ttl.get<double>();
    if (seconds == -1) {
        const auto* user = model.find_relation("user");
        return user && user->target && user->target->access_setting("allowEternalTokens") == true;
    }
    return static_cast<double>(now_ms() - *created) / 1000 < seconds;
}

Session session_from(const Model& model, const Record& token) {
    Session session;
    session.stored_token = js::to_text(token.values[model.id_index]);
    session.user_id = value_of(model, token, "userId");
    session.app_id = value_of(model, token, "appId");
    if (const auto& type = value_of(model, token, "principalType"); type.is_string()) session.user_type = type.get<std::string>();
    if (const auto& scopes = value_of(model, token, "scopes"); scopes.is_array()) {
        session.scopes.emplace();
        for (const auto& scope : scopes)
            if (scope.is_string()) session.scopes->push_back(scope.get<std::string>());
    }
    return session;
}

}  // namespace

const Value& value_of(const Model& model, const Record& record, std::string_view property) {
    static const Value none;
    const auto at = model.find_property(property);
    return !at || is_undefined(record.values[*at]) ? none : record.values[*at];
}

Auth::Auth(const Registry& registry, Repository& repository, Repository::FindConnector connector_of, std::filesystem::path outbox)
    : registry_(registry), repository_(repository), connector_of_(connector_of), outbox_(std::move(outbox)),
      token_model_(model_playing(registry, BuiltIn::access_token)), access_(registry, std::move(connector_of)) {}

Auth::Tokens Auth::tokens_of(const Model& users) const {
    if (const auto* relation = users.find_relation("accessTokens"); relation && relation->target)
        if (const auto at = relation->target->find_property(relation->foreign_key)) return {relation->target, *at};
    if (token_model_)
        if (const auto at = token_model_->find_property("userId")) return {token_model_, *at};
    return {};
}

asio::awaitable<Result<std::optional<Session>>> Auth::session_of(std::string token) {
    if (!token_model_ || token.empty() || token.size() > k_token_bytes_max) co_return std::optional<Session>{};
    auto& connector = connector_of_(*token_model_);
    const Value stored = stored_token(token);
    MT_CO_TRY(auto rows, co_await find_record(connector, *token_model_, stored));
    if (rows.empty() && !is_stored_token(token)) {
        // Tokens that LoopBack gave out stand in its database as they are, and stay good until they expire. What looks like one
        // of our hashes is never looked up that way: whoever has read the database must not get in with what stands there.
        const auto as_it_is = coerce_id(token_model_->id(), token);
        MT_CO_TRY(rows, co_await find_record(connector, *token_model_, as_it_is));
    }
    if (rows.empty()) co_return std::optional<Session>{};
    if (is_alive(*token_model_, rows[0])) co_return std::optional{session_from(*token_model_, rows[0])};
    const auto where = Where::equals(token_model_->id_index, rows[0].values[token_model_->id_index]);
    MT_CO_TRY([[maybe_unused]] const auto gone, co_await connector.destroy(*token_model_, where));
    co_return Error{Errc::not_allowed, "Invalid Access Token"}.labelled("INVALID_TOKEN");
}

asio::awaitable<Result<Session>> Auth::session_as(std::string who) {
    for (const auto& model : registry_.models) {
        if (model->builtin != BuiltIn::user || !model->persisted) continue;
        for (const auto& name : {model->id().name, std::string{"email"}, std::string{"username"}}) {
            const auto at = model->find_property(name);
            if (!at) continue;
            auto value = *at == model->id_index ? coerce_id(model->id(), who) : Value(who);
            if (is_undefined(value) || value.is_null()) continue;
            Filter filter;
            filter.where = Where::equals(*at, std::move(value));
            filter.limit = 1;
            MT_CO_TRY(const auto rows, co_await connector_of_(*model).find(*model, filter));
            if (rows.empty()) continue;
            Session session;
            session.user_id = rows[0].values[model->id_index];
            if (token_model_ && token_model_->find_property("principalType")) session.user_type = model->name;
            co_return session;
        }
    }
    co_return Error{Errc::not_found, "no user has the id, email or username \"" + who + "\""};
}

asio::awaitable<Status> Auth::send(Mail mail) {
    auto result = std::make_shared<Status>();
    auto work = [result, folder = outbox_, mail = std::move(mail)] { *result = put_mail(folder, mail); };
    MT_CO_CHECK(co_await thread_.run(std::move(work)));
    if (result->ok() && on_mail_) on_mail_();
    co_return *result;
}

}  // namespace mt::app
