#pragma once
#include <chrono>
#include <map>
#include <optional>

#include "tenant-app/auth/score.hpp"
#include "tenant-app/crud/repository.hpp"

namespace mt::app {

/// Who a valid access token speaks for.
struct Session {
    std::string stored_token;  ///< the id of its row
    Value user_id;
    Value app_id;
    std::string user_type = "USER";   ///< the token's principalType, where several user models share the tokens
    std::optional<std::vector<std::string>> scopes;  ///< what it is good for; nothing: what is not said otherwise
};

/// Why a demand was granted or not.
struct Ruling {
    bool allowed = true;
    std::string reason;  ///< the rule that decided as text, "default permission" or "scope of the token"

    struct Step {
        std::string rule, source;  ///< source: "Doc.json" or "ACL row 3"
        int score = 0;
        bool applies = false;
    };
    std::vector<Step> steps;  ///< only if asked for: all rules about the demand, the strongest first
};

/// LoopBack's access control: which rules speak of a demand, whether the client is who they speak of, and which one decides.
/// Loop thread only. Registry and connectors outlive it. Everything fails as the connectors do.
class Access {
public:
    Access(const Registry& registry, Repository::FindConnector connector_of);

    /// Nothing can ever deny access to the model: no rule, and no ACL model that could get one.
    /// Or the ACL model was asked a moment ago and has none. Costs next to nothing: every request asks.
    bool is_open(const Model& model) const;

    /// `session` null: nobody is logged in. `explain` fills Ruling::steps.
    asio::awaitable<Result<Ruling>> decide(const Demand& demand, const Session* session, bool explain = false);

    /// Rows of the ACL model were written by this process. Those that another process writes are seen within a second.
    void forget_rows() { rows_.clear(); }

private:
    struct Row {
        AccessRule rule;
        std::string source;
    };
    struct Rows {
        std::chrono::steady_clock::time_point read_at;
        std::vector<Row> rows;
    };
    struct Candidate {
        const AccessRule* rule;
        std::string source;
        int score;
    };

    asio::awaitable<Result<std::vector<Row>>> rows_about(const Model& model);
    asio::awaitable<Result<bool>> speaks_of(const AccessRule& rule, const Demand& demand, const Session* session);
    asio::awaitable<Result<bool>> in_role(const std::string& role, const Session& session);
    asio::awaitable<Result<bool>> is_mapped(const Value& role_id, const std::string& type, const Value& principal);
    asio::awaitable<Result<bool>> is_owner(const Demand& demand, const Session& session);
    asio::awaitable<Result<bool>> owns_through(const Model& model, const Record& record, const Relation& relation, const Value& user_id);

    const Registry& registry_;
    Repository::FindConnector connector_of_;
    const Model* acl_model_ = nullptr;
    std::map<const Model*, Rows> rows_;
};

/// The model that plays a part: one of the tenant's own that is based on LoopBack's, else LoopBack's. Null: the tenant has none.
const Model* model_playing(const Registry& registry, BuiltIn part);

/// LoopBack's comparison of ids: as text, and nothing is equal to an absent one.
bool same_id(const Value& a, const Value& b);

}  // namespace mt::app
