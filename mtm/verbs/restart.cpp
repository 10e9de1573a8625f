#include "mtm/act_on.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

Result<int> run_restart(Session& session, const Arguments& arguments) {
    return act_on(session, arguments, {.verb = "restart", .done = "restarted", .state = ""});
}

}  // namespace mt::mtm
