#pragma once
#include <mongoc/mongoc.h>

#include <string>

#include "tenant-app/connectors/mongodb/settings.hpp"

namespace mt::app::mongodb {

/// What the library or the server says of a failed command.
struct Refusal {
    std::uint32_t domain = 0;  ///< the library's; MONGOC_ERROR_SERVER if the server has answered
    std::uint32_t code = 0;
    std::string message;
    bool late = false;         ///< it took the time of a statement
};

/// As Connector promises: conflict (a unique value is taken), bad_request, timed_out, unavailable, failed.
Error statement_error(const Refusal& refusal);
/// Before the worker is ready: invalid_config at the key that is wrong, else unavailable.
Error start_error(const Settings& settings, const Refusal& refusal);

}  // namespace mt::app::mongodb
