#pragma once
#include "gateway/proxy/session.hpp"

namespace mt::gateway {

enum class Forwarded : std::uint8_t {
    keep,    ///< answered; the connection carries the next request
    close,   ///< answered; the connection ends in order
    cut,     ///< the answer is torn or the client gone: close at once
    retry,   ///< the worker's connection died before anything happened: try once on another
    stale,   ///< the same of one that had rested: its worker had closed it, which says nothing against the next try
    failed,  ///< nothing was answered: Request::status and why say what to answer
    tunnel,  ///< 101 was passed on
};

constexpr int k_receives_per_turn = 32;  ///< in each direction, then other connections get theirs

/// Sends the request whose head stands rewritten in loop.scratch and at the front of session.in, relays both bodies at the same
/// time, and passes the answer on. `may_retry`: an answerless worker may be `retry`; `stale` it may be always. At the end session.in holds what follows
/// the request. On `keep` and `close`, `upstream` is empty if the worker's connection cannot be used again; on `tunnel`,
/// `behind` holds what the worker sent behind its 101.
/// Text is compressed on its way if the tenant and the client want it; then the answer holds a second buffer and an Encoder.
Task<Forwarded> forward(Session& session, Request& request, Upstream& upstream, bool may_retry, Buffer& behind);

/// Carries bytes both ways until both sides have ended, or nothing has moved for the tenant's limit.
Task<bool> tunnel(Session& session, Request& request, Upstream& upstream, Buffer& behind);

}  // namespace mt::gateway
