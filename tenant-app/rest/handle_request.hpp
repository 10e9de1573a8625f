#pragma once
#include <boost/asio/awaitable.hpp>

#include "tenant-app/rest/answer.hpp"
#include "tenant-app/rest/service.hpp"

namespace mt::app::rest {

/// The answer to one request. Never fails: whatever goes wrong is an answer. `request` and what it views outlive the call.
asio::awaitable<Answer> handle_request(const Service& service, const Request& request);

}  // namespace mt::app::rest
