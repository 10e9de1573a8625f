#pragma once
#include <boost/asio/any_io_executor.hpp>

#include "tenant-app/connectors/server/engine.hpp"
#include "tenant-app/data/connector.hpp"

namespace mt::app::server {

/// The connector of a database server. `executor` is that of the io_context on which everything runs; migrate() runs
/// it itself until the tables are there.
std::unique_ptr<Connector> make_connector(const asio::any_io_executor& executor, Settings settings,
                                          std::unique_ptr<Engine> engine);

}  // namespace mt::app::server
