#pragma once
#include "gateway/proxy/session.hpp"

namespace mt::gateway {

/// Serves a connection whose client chose HTTP/2: every request is a session of its own, whose wire is a stream. Returns when the
/// connection is to end.
Task<bool> serve_http2(Session& session);

}  // namespace mt::gateway
