#pragma once
#include <string>

#include "tenant-app/connectors/server/settings.hpp"

namespace mt::app::mysql {

/// What the server, or the client library in its stead, says of a failure.
struct Refusal {
    unsigned code = 0;  ///< mysqld_error.h, errmsg.h
    std::string state, message;
};

/// The server is gone, and with it the answer.
Error lost_error();

/// As Session::run() promises.
Error statement_error(const Refusal& refusal);

/// Whether the connection is of no use after such a failure: it is lost, or the server does not know our statements.
bool ends_connection(unsigned code);

/// Of a connection that did not come about. Fails with invalid_config at the key that is wrong, else unavailable.
Error connect_error(const server::Settings& settings, const Refusal& refusal);

/// The key's name in `Duplicate entry 'a' for key 'name'`, which MySQL writes with its table's.
std::string duplicate_key(std::string_view message);

}  // namespace mt::app::mysql
