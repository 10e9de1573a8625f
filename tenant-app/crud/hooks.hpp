#pragma once
#include <string>
#include <vector>

#include "tenant-app/crud/draft.hpp"

namespace mt::app {

/// What LoopBack's own models do beyond being stored: a user's password is hashed, an access token is stored as a hash. Asked for
/// models whose `builtin` is not none. One implementation, in tenant-app/auth. Fails as the connector does beside what is said.
class Hooks {
public:
    virtual ~Hooks() = default;

    /// Before validation: may change the draft and adds to its faults. `existing` is the row that changes; null: a new one.
    /// Fails with validation, not_allowed.
    virtual asio::awaitable<Status> check(const Model& model, Draft& draft, const Record* existing) = 0;

    /// After validation: makes `record` what may be stored, which is not what is answered.
    virtual asio::awaitable<Status> seal(const Model& model, Record& record) = 0;

    /// The rows that are about to become `changes`, for changed().
    virtual asio::awaitable<Result<std::vector<Record>>> before_change(const Model& model, const Where& where,
                                                                       const Record& changes) = 0;
    /// `before` have become `changes`. Tokens of users whose email or password is another now are gone afterwards, all but
    /// `kept_token`.
    virtual asio::awaitable<Status> changed(const Model& model, const std::vector<Record>& before, const Record& changes,
                                            const std::string& kept_token) = 0;

    /// The rows are about to go.
    virtual asio::awaitable<Status> before_destroy(const Model& model, const Where& where) = 0;
};

}  // namespace mt::app
