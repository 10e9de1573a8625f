#pragma once
#include <cstdint>
#include <string>

namespace mt::app::server {

/// How a tenant's rows are kept apart from others' on its server (docs/TENANCY.md).
enum class Tenancy : std::uint8_t {
    isolated,  ///< a database of its own
    row,       ///< rows of its own in shared tables
    schema,    ///< a schema of its own in a shared database
};

/// What a tenant has on a server, made with the operator's login.
struct TenantPlace {
    Tenancy tenancy = Tenancy::schema;
    std::string key;       ///< the tenant's: what everything there is called
    std::string token;     ///< of the journal's entry; the registry keeps it
    std::string password;  ///< of the tenant's login
};

}  // namespace mt::app::server
