#include "tenant-app/connectors/registry.hpp"

#include <array>

#include "tenant-app/connectors/factories.hpp"

namespace mt::app {

namespace {

struct Row {
    const char* name;
    ConnectorFactory make;
};
constexpr std::array k_connectors = {
    Row{"memory", make_memory},
    Row{"sqlite", make_sqlite},
    Row{"sqlite3", make_sqlite},
    Row{"transient", make_transient},
};

}  // namespace

std::vector<std::string> connector_names() {
    std::vector<std::string> names;
    for (const auto& row : k_connectors) names.emplace_back(row.name);
    return names;
}

Result<std::unique_ptr<Connector>> make_connector(const asio::any_io_executor& executor, const std::filesystem::path& folder,
                                                  const Datasource& datasource) {
    for (const auto& row : k_connectors) {
        if (datasource.connector == row.name) return row.make(executor, folder, datasource);
    }
    return Error{Errc::invalid_config, "unknown connector \"" + datasource.connector + "\""};
}

}  // namespace mt::app
