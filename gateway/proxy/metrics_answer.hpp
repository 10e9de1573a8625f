#pragma once
#include <string>

#include "gateway/proxy/route.hpp"
#include "gateway/proxy/session.hpp"

namespace mt::gateway {

/// A GET of /-/metrics, where it is offered to clients.
bool is_metrics_page(const Session& session, const http::Head& head, const Route& way);

/// Asks the supervisor, which asks all threads, and waits; empty if it takes too long.
Task<std::string> fetch_metrics(Session& session);

}  // namespace mt::gateway
