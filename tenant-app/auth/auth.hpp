#pragma once
#include <filesystem>
#include <functional>

#include "tenant-app/auth/access.hpp"
#include "tenant-app/auth/outbox.hpp"
#include "tenant-app/auth/password_thread.hpp"
#include "tenant-app/crud/hooks.hpp"

namespace mt::app {

/// Users, their passwords and tokens, and who may do what: what LoopBack's User, AccessToken, ACL and Role do. Loop thread only;
/// everything passed in outlives it. Messages and codes are LoopBack's. Beside what is said, all fails as the connectors do, and
/// whatever looks at a password with unavailable when too many wait.
class Auth final : public Hooks {
public:
    /// `outbox` is the folder that mail is put into.
    Auth(const Registry& registry, Repository& repository, Repository::FindConnector connector_of, std::filesystem::path outbox);

    /// `told` is called when a message has been put there.
    void on_mail(std::function<void()> told) { on_mail_ = std::move(told); }

    Access& access() { return access_; }
    /// False: no token can be valid, and none needs to be read out of requests.
    bool has_tokens() const { return token_model_ != nullptr; }

    /// Who a token speaks for; nobody if it is not known. Fails with not_allowed (INVALID_TOKEN) if it has expired, which also
    /// removes it.
    asio::awaitable<Result<std::optional<Session>>> session_of(std::string token);
    /// A session as that user would have it; for explaining decisions. `who` is an id, an email address or a username.
    asio::awaitable<Result<Session>> session_as(std::string who);

    struct Login {
        const Model* token_model;
        Instance token;
        Instance user;
    };
    /// Fails with bad_request (what is missing) and not_allowed (LOGIN_FAILED…), after the same time whether the user exists or not.
    asio::awaitable<Result<Login>> login(const Model& users, const json& credentials);
    /// Fails with not_allowed.
    asio::awaitable<Status> logout(const Model& users, const Session* session);
    /// The user has followed the link of verify(). Fails with bad_request, not_found.
    asio::awaitable<Status> confirm(const Model& users, std::string uid, std::string token);
    /// Sends the user a link to confirm(), whose path is `confirm_path`. Fails with not_found.
    asio::awaitable<Status> verify(const Model& users, std::string id_text, std::string confirm_path);
    /// Sends whoever has this address a token that is good for set_password(). Fails with bad_request, not_found, not_allowed.
    asio::awaitable<Status> reset_password(const Model& users, const json& options);
    /// Fails with bad_request (INVALID_PASSWORD), not_allowed, validation.
    asio::awaitable<Status> change_password(const Model& users, const Session* session, std::string old_one, std::string new_one);
    asio::awaitable<Status> set_password(const Model& users, const Session* session, std::string new_one);

    asio::awaitable<Status> check(const Model& model, Draft& draft, const Record* existing) override;
    asio::awaitable<Status> seal(const Model& model, Record& record) override;
    asio::awaitable<Result<std::vector<Record>>> before_change(const Model& model, const Where& where, const Record& changes) override;
    asio::awaitable<Status> changed(const Model& model, const std::vector<Record>& before, const Record& changes,
                                    const std::string& kept_token) override;
    asio::awaitable<Status> before_destroy(const Model& model, const Where& where) override;

private:
    /// Where a user model's tokens are, and which of their properties names the user. Null: it has none.
    struct Tokens {
        const Model* model = nullptr;
        std::size_t user_id = 0;
    };
    Tokens tokens_of(const Model& users) const;

    asio::awaitable<Status> check_user(const Model& model, Draft& draft, const Record* existing);
    asio::awaitable<Result<bool>> is_taken(const Model& model, std::size_t property, const Draft& draft, const Record* existing);
    asio::awaitable<Status> drop_tokens(const Model& users, const json& user_ids, const std::string& kept_token);
    asio::awaitable<Result<std::string>> hashed(std::string plain);
    asio::awaitable<Result<bool>> password_fits(const Model& users, Record* user, std::string plain);
    asio::awaitable<Result<std::vector<Record>>> find_user(const Model& users, const json& query);
    asio::awaitable<Result<Record>> session_user(const Model& users, const Session* session);
    asio::awaitable<Status> store_password(const Model& users, const Record& user, std::string plain, const std::string& kept_token);
    asio::awaitable<Result<Instance>> create_token(const Model& users, const Value& user_id, json ttl, json scopes);
    asio::awaitable<Status> send(Mail mail);

    const Registry& registry_;
    Repository& repository_;
    Repository::FindConnector connector_of_;
    std::filesystem::path outbox_;
    std::function<void()> on_mail_;
    const Model* token_model_;
    Access access_;
    PasswordThread thread_;
};

/// The value of a property by its name; null if the model or the record has none.
const Value& value_of(const Model& model, const Record& record, std::string_view property);

}  // namespace mt::app
