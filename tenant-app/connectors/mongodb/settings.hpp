#pragma once
#include "tenant-app/connectors/server/settings.hpp"

namespace mt::app::mongodb {

/// What datasources.json says about a MongoDB server, or about a set of them.
struct Settings : server::Settings {
    std::vector<std::string> hosts;  ///< "name:port", or the path of a socket; at least one
    std::string auth_source;         ///< the database that knows the login; empty: the database itself, or the URL's
    std::string replica_set;         ///< empty: the one server that is named, whatever it is part of

    /// The URL that libmongoc takes, with the password in it.
    std::string url() const;
    /// "MongoDB at host:port", for messages.
    std::string place() const;
};

/// The datasource with a URL of its first host only, which the reader of any server understands.
Datasource with_first_host(const Datasource& datasource);
/// Reads LoopBack's keys; docs/CONFIGURATION.md lists them. Fails with invalid_config at the key's pointer.
Result<Settings> read_settings(const std::filesystem::path& folder, const Datasource& datasource);

}  // namespace mt::app::mongodb
