#pragma once
#include <map>

#include "tenant-app/connectors/server/session.hpp"
#include "tenant-app/connectors/server/settings.hpp"
#include "tenant-app/data/sql/dialect.hpp"

namespace mt::app::server {

using Tables = std::map<std::string, sql::Table, std::less<>>;  ///< by the model's name

/// What is particular to one kind of database server. Loop thread.
class Engine {
public:
    virtual ~Engine() = default;

    virtual const sql::Dialect& dialect() const = 0;
    /// Connects and logs in. Fails with invalid_config (login, database, rights: the error names the key),
    /// unavailable, timed_out.
    virtual asio::awaitable<Result<std::unique_ptr<Session>>> open() = 0;
    /// Makes the database fit the models, additively, and answers their tables. Fails as Connector::migrate().
    virtual asio::awaitable<Result<Tables>> migrate(Session& session, const std::vector<const Model*>& models) = 0;
    /// As Connector::create(); a conflict's message is the constraint's name.
    virtual asio::awaitable<Result<Value>> insert(Session& session, const sql::Table& table, const Record& record) = 0;
};

}  // namespace mt::app::server
