#include "tenant-app/connectors/registry.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "tenant-app/connectors/factories.hpp"
#include "tenant-app/connectors/mongodb/settings.hpp"
#include "tenant-app/connectors/server/settings.hpp"

namespace mt::app {

namespace {

struct Row {
    const char* name;
    ConnectorFactory make;
    const char* scheme = nullptr;  ///< of its URLs; null: there is no server
    std::uint16_t port = 0;
};
constexpr std::array k_connectors = {
    Row{"mariadb", make_mysql, "mysql", 3306},
    Row{"memory", make_memory},
    Row{"mongodb", make_mongodb, "mongodb", 27017},
    Row{"mysql", make_mysql, "mysql", 3306},
    Row{"postgresql", make_postgresql, "postgres", 5432},
    Row{"sqlite", make_sqlite},
    Row{"sqlite3", make_sqlite},
    Row{"transient", make_transient},
};

/// One that the connector does not have is refused, not passed over.
Status check_tenancy(const Datasource& datasource) {
    if (datasource.connector == "postgresql" || !datasource.settings) return {};
    const auto found = datasource.settings->find("tenancy");
    if (found == datasource.settings->end() || *found == "isolated") return {};
    return Error{Errc::invalid_config, "only PostgreSQL has another \"tenancy\" than isolated"}.in_file(
        "datasources.json", 0, "/" + pointer_escape(datasource.name) + "/tenancy");
}

}  // namespace

std::vector<std::string> connector_names() {
    std::vector<std::string> names;
    for (const auto& row : k_connectors) names.emplace_back(row.name);
    return names;
}

Result<std::unique_ptr<Connector>> make_connector(const asio::any_io_executor& executor, const std::filesystem::path& folder,
                                                  const Datasource& datasource) {
    MT_CHECK(check_tenancy(datasource));
    for (const auto& row : k_connectors) {
        if (datasource.connector == row.name) return row.make(executor, folder, datasource);
    }
    return Error{Errc::invalid_config, "unknown connector \"" + datasource.connector + "\""};
}

Reach reach_of(const std::filesystem::path& folder, const Datasource& datasource) {
    for (const auto& row : k_connectors) {
        if (datasource.connector != row.name || !row.scheme) continue;
        const auto settings = server::read_settings(folder, mongodb::with_first_host(datasource), row.scheme, row.port);
        if (!settings.ok()) return {};
        return settings->local() ? Reach{{}, true} : Reach{settings->port, false};
    }
    return {};
}

}  // namespace mt::app
