#include "base/cli/exit_code.hpp"

namespace mt::cli {

int exit_code(Errc code) {
    switch (code) {
        case Errc::usage:
        case Errc::invalid_name:
        case Errc::bad_request: return k_usage;
        case Errc::no_such_tenant:
        case Errc::not_found: return k_no_such;
        case Errc::conflict: return k_conflict;
        case Errc::invalid_config: return k_invalid_config;
        case Errc::unavailable: return k_no_gateway;
        case Errc::timed_out: return k_timed_out;
        case Errc::interrupted: return k_interrupted;
        case Errc::failed:
        case Errc::not_allowed:
        case Errc::validation:
        case Errc::payload_too_large: return k_failed;
    }
    return k_failed;
}

}  // namespace mt::cli
