#include "tenant-app/rest/operations/handlers.hpp"

namespace mt::app::rest {

Answering create_change_stream(Call& call) {
    Outcome outcome;
    if (call.service.changes) outcome.stream = call.service.changes->listen(call.model);
    if (!outcome.stream) co_return Error{Errc::unavailable, "No more change streams can be opened now."};
    co_return outcome;
}

}  // namespace mt::app::rest
