#include "mtm/act_on.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

Result<int> run_start(Session& session, const Arguments& arguments) {
    return act_on(session, arguments, {.verb = "start", .done = "started", .state = "running"});
}

}  // namespace mt::mtm
