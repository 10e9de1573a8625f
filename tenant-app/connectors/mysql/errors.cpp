#include "tenant-app/connectors/mysql/errors.hpp"

#include <errmsg.h>
#include <mysqld_error.h>

#include <algorithm>
#include <array>

namespace mt::app::mysql {

namespace {

constexpr unsigned k_client_errors = 2000, k_client_errors_end = 3000;
// Not in every version of the header.
constexpr unsigned k_connection_killed = 1927, k_statement_timeout = 1969, k_access_denied_no_password = 1698;
constexpr unsigned k_disconnected_by_server = 4031, k_constraint_failed = 4025;

template <std::size_t N>
bool is_one_of(unsigned code, const std::array<unsigned, N>& codes) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

constexpr std::array k_lost = {unsigned{ER_SERVER_SHUTDOWN},       unsigned{ER_NORMAL_SHUTDOWN},
                               unsigned{ER_NET_READ_ERROR},        unsigned{ER_NET_READ_INTERRUPTED},
                               unsigned{ER_NET_ERROR_ON_WRITE},    unsigned{ER_NET_WRITE_INTERRUPTED},
                               k_connection_killed,                k_disconnected_by_server};
constexpr std::array k_forgotten = {unsigned{ER_UNKNOWN_STMT_HANDLER}, unsigned{ER_NEED_REPREPARE},
                                    unsigned{ER_NET_PACKET_TOO_LARGE}};
constexpr std::array k_crowded = {unsigned{ER_CON_COUNT_ERROR}, unsigned{ER_TOO_MANY_USER_CONNECTIONS},
                                  unsigned{ER_USER_LIMIT_REACHED}, unsigned{ER_OUT_OF_RESOURCES}};
constexpr std::array k_refused_values = {unsigned{ER_TRUNCATED_WRONG_VALUE_FOR_FIELD},
                                         unsigned{ER_NO_DEFAULT_FOR_FIELD},
                                         unsigned{ER_NET_PACKET_TOO_LARGE}, unsigned{ER_TOO_BIG_ROWSIZE},
                                         unsigned{WARN_DATA_TRUNCATED}, k_constraint_failed};
constexpr std::array k_login = {unsigned{ER_ACCESS_DENIED_ERROR}, k_access_denied_no_password,
                                unsigned{CR_AUTH_PLUGIN_CANNOT_LOAD}};
constexpr std::array k_away = {unsigned{CR_CONNECTION_ERROR}, unsigned{CR_CONN_HOST_ERROR}, unsigned{CR_UNKNOWN_HOST},
                               unsigned{CR_SERVER_LOST}, unsigned{CR_SERVER_GONE_ERROR},
                               unsigned{CR_SSL_CONNECTION_ERROR}};

bool is_client_error(unsigned code) { return code >= k_client_errors && code < k_client_errors_end; }

}  // namespace

Error lost_error() {
    return Error{Errc::unavailable,
                 "The connection to the database was lost; whether the statement changed anything is not known"};
}

std::string duplicate_key(std::string_view message) {
    const auto end = message.rfind('\'');
    if (end == std::string_view::npos || end == 0) return {};
    const auto begin = message.rfind('\'', end - 1);
    if (begin == std::string_view::npos) return {};
    const auto name = message.substr(begin + 1, end - begin - 1);
    return std::string{name.substr(name.rfind('.') + 1)};
}

Error statement_error(const Refusal& refusal) {
    const auto is_class = [&](std::string_view name) { return refusal.state.starts_with(name); };
    if (refusal.code == ER_DUP_ENTRY) return Error{Errc::conflict, duplicate_key(refusal.message)};
    if (refusal.code == ER_QUERY_INTERRUPTED || refusal.code == k_statement_timeout)
        return Error{Errc::timed_out, "The statement took too long and was stopped"};
    if (refusal.code == ER_LOCK_WAIT_TIMEOUT || is_class("40"))
        return Error{Errc::unavailable, "The database gave up for another change of the same rows: " + refusal.message};
    if (is_class("22") || is_class("23") || is_one_of(refusal.code, k_refused_values))
        return Error{Errc::bad_request, "The database refuses the values: " + refusal.message};
    if (is_one_of(refusal.code, k_crowded))
        return Error{Errc::unavailable, "The database is not available: " + refusal.message};
    if (is_client_error(refusal.code) || is_one_of(refusal.code, k_lost)) return lost_error();
    return Error{Errc::failed, "database: " + refusal.message + " (error " + std::to_string(refusal.code) + ")"};
}

bool ends_connection(unsigned code) {
    return is_client_error(code) || is_one_of(code, k_lost) || is_one_of(code, k_forgotten);
}

Error connect_error(const server::Settings& settings, const Refusal& refusal) {
    const auto server = settings.local() ? "MySQL's socket " + settings.host
                                         : "MySQL at " + settings.host + ":" + std::to_string(settings.port);
    if (is_one_of(refusal.code, k_login))
        return settings.error(Errc::invalid_config, "password", server + " refuses the login: " + refusal.message)
            .hint("check \"user\" and \"password\", and the hosts that the account is for");
    if (refusal.code == ER_BAD_DB_ERROR)
        return settings.error(Errc::invalid_config, "database", server + ": " + refusal.message)
            .hint("create it: CREATE DATABASE " + settings.database + ", or set \"createDatabase\"");
    if (refusal.code == ER_DBACCESS_DENIED_ERROR || refusal.code == ER_HOST_NOT_PRIVILEGED)
        return settings.error(Errc::invalid_config, "user", server + ": " + refusal.message)
            .hint("GRANT ALL ON " + settings.database + ".* TO " + settings.user);
    if (refusal.code == 0 || is_one_of(refusal.code, k_away))
        return settings.error(Errc::unavailable, "host", "cannot reach " + server + ": " + refusal.message);
    return settings.error(Errc::unavailable, "", server + ": " + refusal.message);
}

}  // namespace mt::app::mysql
