#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <memory>

#include "tenant-app/data/connector.hpp"

namespace mt::app {

/// The names that may stand under "connector" in datasources.json.
std::vector<std::string> connector_names();

/// `executor` is the worker's loop, `folder` the tenant's. The datasource outlives the connector.
/// Fails with invalid_config for an unknown connector or bad settings; opens nothing yet (migrate() does).
Result<std::unique_ptr<Connector>> make_connector(const asio::any_io_executor& executor, const std::filesystem::path& folder,
                                                  const Datasource& datasource);

/// What a process must be allowed to reach for a datasource: TCP to a port, or UNIX sockets.
struct Reach {
    std::optional<std::uint16_t> port;
    bool unix_sockets = false;
};
/// Of a datasource that make_connector() accepts.
Reach reach_of(const std::filesystem::path& folder, const Datasource& datasource);

}  // namespace mt::app
