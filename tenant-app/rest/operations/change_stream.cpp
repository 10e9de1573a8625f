#include "tenant-app/rest/operations/handlers.hpp"

namespace mt::app::rest {

Answering create_change_stream(Call& call) {
    Outcome outcome;
    if (call.service.changes) outcome.stream = call.service.changes->listen(call.model);
    if (!outcome.stream) co_return Error{Errc::unavailable, "Too many change streams are open."};
    co_return outcome;
}

}  // namespace mt::app::rest
