#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "gateway/ui/site.hpp"

namespace mt::gateway {

/// One connection of a browser, from its first request to its end: head at most 8 KiB, body 16 KiB, 15 s for a request
/// to come and for an answer to be taken. Keeps `site` alive.
boost::asio::awaitable<void> serve_browser(boost::asio::ip::tcp::socket socket, std::shared_ptr<Site> site);

}  // namespace mt::gateway
