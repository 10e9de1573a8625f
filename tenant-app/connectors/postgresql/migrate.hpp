#pragma once
#include "tenant-app/connectors/postgresql/connection.hpp"
#include "tenant-app/connectors/server/engine.hpp"

namespace mt::app::postgresql {

/// As Engine::migrate(). What is missing is made in one transaction, under an advisory lock: of two workers of a
/// tenant one makes it. Names that the models do not map are in lower case, as LoopBack's connector has them; an
/// existing table may have them as they are. Where the login makes no tables (Tenancy) what is missing is an error.
server::asio::awaitable<Result<server::Tables>> migrate(Connection& connection, const server::Settings& settings,
                                                        const std::vector<const Model*>& models);

/// The statements that migrate() would run: for whoever has a transaction, and the right to make tables.
server::asio::awaitable<Result<std::vector<std::string>>> missing_steps(Connection& connection,
                                                                        const server::Settings& settings,
                                                                        const std::vector<const Model*>& models);

}  // namespace mt::app::postgresql
