#pragma once
#include "tenant-app/connectors/postgresql/connection.hpp"

namespace mt::app::postgresql {

/// The boot guard of a tenant that shares its database: what its login may do beyond reading and writing its own rows.
/// Fails with invalid_config naming all of it, and as Session::run().
server::asio::awaitable<Status> check_login(Connection& connection, const server::Settings& settings);

}  // namespace mt::app::postgresql
