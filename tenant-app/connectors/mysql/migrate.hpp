#pragma once
#include "tenant-app/connectors/mysql/dialect.hpp"
#include "tenant-app/connectors/server/engine.hpp"

namespace mt::app::mysql {

/// As Engine::migrate(). DDL commits itself, so what is missing is made step by step, under a lock: of two workers of a
/// tenant one makes it, and what an interrupted one has left is finished by the next.
server::asio::awaitable<Result<server::Tables>> migrate(server::Session& session, const server::Settings& settings,
                                                        const Dialect& dialect,
                                                        const std::vector<const Model*>& models);

}  // namespace mt::app::mysql
