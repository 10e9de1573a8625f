#pragma once
#include <boost/asio/io_context.hpp>
#include <string>

#include "tenant-app/rest/service.hpp"

namespace mt::app {

/// Which rule decides about a request: the document {"ok":true,"data":{"method","accessType","allowed","reason","rules":[…]}}.
/// `path` is one of the API, with or without its root; `as` an id, email or username, empty for somebody who is not logged in.
/// Runs `io`, on which the service's connectors must be open; changes nothing. Fails with usage, not_found, or as they do.
Result<std::string> explain_access(boost::asio::io_context& io, const rest::Service& service, const std::string& method,
                                   const std::string& path, const std::string& as);

}  // namespace mt::app
