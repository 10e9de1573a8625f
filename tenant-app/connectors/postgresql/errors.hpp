#pragma once
#include <string>

#include "tenant-app/connectors/server/settings.hpp"

namespace mt::app::postgresql {

/// What the server says of a failed statement.
struct Refusal {
    std::string sqlstate, message, constraint;
};

/// The server is gone, and with it the answer.
Error lost_error();

/// As Session::run() promises. PostgreSQL's documentation, appendix A, lists the states.
Error statement_error(const Refusal& refusal);

/// Whether the connection is of no use after such a failure: the server leaves, or has forgotten or outlived our
/// prepared statements.
bool ends_connection(std::string_view sqlstate);

/// Of a connection that did not come about. `text` is libpq's, with its verbosity at PQERRORS_VERBOSE: the only way to
/// its state. Fails with invalid_config at the key that is wrong, else unavailable.
Error connect_error(const server::Settings& settings, std::string_view text);

}  // namespace mt::app::postgresql
