#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <vector>

#include "tenant-app/connectors/server/settings.hpp"

namespace mt::app::server {

namespace asio = boost::asio;

/// The server's addresses; none for a UNIX socket. Client libraries would ask for them themselves, and block. Fails with
/// unavailable at the key "host". `settings` outlive the call.
asio::awaitable<Result<std::vector<std::string>>> addresses_of(asio::any_io_executor executor,
                                                               const Settings& settings);

}  // namespace mt::app::server
