#pragma once
#include <chrono>
#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "tenant-app/connectors/server/tenancy.hpp"
#include "tenant-app/model/model.hpp"

namespace mt::app::server {

/// How far the server is trusted to be who it says.
enum class Tls : std::uint8_t {
    disable,      ///< no TLS
    prefer,       ///< TLS if the server has it, any certificate
    require,      ///< TLS, any certificate
    verify_ca,    ///< a certificate that a known authority has signed
    verify_full,  ///< and that names the host
};

/// What datasources.json says about a database server.
struct Settings {
    std::string datasource;  ///< the datasource's name
    std::string host;        ///< a name, an address, or the folder (PostgreSQL) or path (MySQL) of a UNIX socket
    std::uint16_t port = 0;
    std::string database, user, password;
    std::string schema;      ///< PostgreSQL; empty: the default
    bool create_database = false;  ///< MySQL: a database that is missing is made
    bool prepared_statements = true;  ///< PostgreSQL: kept by the connection; not behind a pooler that gives it away
    Tenancy tenancy = Tenancy::isolated;
    std::size_t connections_max = 2;
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds acquire_timeout{5'000};    ///< a request's wait for a free connection
    std::chrono::milliseconds statement_timeout{10'000};
    Tls tls = Tls::prefer;
    /// absolute; empty: the system's authorities, no certificate of ours
    std::filesystem::path ca, certificate, key;

    bool local() const { return host.starts_with('/'); }
    /// An error at a key of this datasource, which becomes one at its line.
    Error error(Errc code, std::string_view name, std::string message) const;
};

/// Reads LoopBack's keys; docs/CONFIGURATION.md lists them. `scheme` is the one of `url`, and the port where none is
/// said `port`. Fails with invalid_config at the key's pointer.
Result<Settings> read_settings(const std::filesystem::path& folder, const Datasource& datasource,
                               std::string_view scheme,
                               std::uint16_t port);

}  // namespace mt::app::server
