#include "mtm/act_on.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

Result<int> run_stop(Session& session, const Arguments& arguments) {
    return act_on(session, arguments, {.verb = "stop", .done = "stopped", .state = "stopped"});
}

}  // namespace mt::mtm
