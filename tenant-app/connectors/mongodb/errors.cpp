#include "tenant-app/connectors/mongodb/errors.hpp"

#include <algorithm>
#include <array>

namespace mt::app::mongodb {

namespace {

// Of MongoDB's error_codes.yml.
enum ServerCode : std::uint32_t {
    k_unauthorized = 13,
    k_authentication_failed = 18,
    k_max_time_expired = 50,
    k_duplicate_key = 11000,
};
// BadValue, FailedToParse, TypeMismatch, Overflow, PathNotViable, ConflictingUpdateOperators, DollarPrefixedFieldName,
// DottedFieldName, DocumentValidationFailure, BSONObjectTooLarge
constexpr std::array<std::uint32_t, 10> k_bad_values = {2, 9, 14, 15, 28, 40, 52, 57, 121, 10334};
// HostUnreachable, HostNotFound, ShutdownInProgress, PrimarySteppedDown, NotWritablePrimary, InterruptedAtShutdown,
// InterruptedDueToReplStateChange, NotPrimaryNoSecondaryOk, NotPrimaryOrSecondary
constexpr std::array<std::uint32_t, 9> k_leaving = {6, 7, 91, 189, 10107, 11600, 11602, 13435, 13436};

template <std::size_t Count>
bool is_among(std::uint32_t code, const std::array<std::uint32_t, Count>& codes) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

bool is_login(const Refusal& refusal) {
    const bool client = refusal.domain == MONGOC_ERROR_CLIENT && refusal.code == MONGOC_ERROR_CLIENT_AUTHENTICATE;
    return client || refusal.domain == MONGOC_ERROR_SCRAM || refusal.domain == MONGOC_ERROR_SASL ||
        (refusal.domain == MONGOC_ERROR_SERVER && refusal.code == k_authentication_failed);
}

Error server_error(const Refusal& refusal) {
    const auto code = refusal.code;
    if (code == k_duplicate_key) return Error{Errc::conflict, refusal.message};
    if (code == k_max_time_expired) return Error{Errc::timed_out, "The statement took too long and was stopped"};
    if (is_among(code, k_bad_values))
        return Error{Errc::bad_request, "The database refuses the values: " + refusal.message};
    if (code == k_unauthorized || code == k_authentication_failed || is_among(code, k_leaving))
        return Error{Errc::unavailable, "The database is not available: " + refusal.message};
    return Error{Errc::failed, "database: " + refusal.message + " (code " + std::to_string(code) + ")"};
}

}  // namespace

Error statement_error(const Refusal& refusal) {
    if (refusal.domain == MONGOC_ERROR_SERVER || refusal.domain == MONGOC_ERROR_WRITE_CONCERN)
        return server_error(refusal);
    if (refusal.domain == MONGOC_ERROR_STREAM && refusal.late)
        return Error{Errc::timed_out,
                     "The database did not answer in time; whether the statement changed anything is not known"};
    if (refusal.domain == MONGOC_ERROR_STREAM)
        return Error{Errc::unavailable,
                     "The connection to the database was lost; whether the statement changed anything is not known"};
    if (refusal.domain == MONGOC_ERROR_BSON || refusal.domain == MONGOC_ERROR_COMMAND)
        return Error{Errc::bad_request, "The database cannot take the values: " + refusal.message};
    return Error{Errc::unavailable, "The database is not available: " + refusal.message};
}

Error start_error(const Settings& settings, const Refusal& refusal) {
    const auto at = settings.place();
    if (is_login(refusal))
        return settings.error(Errc::invalid_config, "password", at + " refuses the login: " + refusal.message)
            .hint("check \"user\", \"password\" and \"authSource\", the database that knows the user");
    if (refusal.domain == MONGOC_ERROR_SERVER && refusal.code == k_unauthorized)
        return settings.error(Errc::invalid_config, "user", at + ": " + refusal.message)
            .hint("grant the role readWrite on the database " + settings.database);
    if (refusal.domain == MONGOC_ERROR_SERVER && !is_among(refusal.code, k_leaving) && refusal.code != k_max_time_expired)
        return settings.error(Errc::invalid_config, "", at + ": " + refusal.message);
    if (refusal.domain == MONGOC_ERROR_SERVER) return settings.error(Errc::unavailable, "", at + ": " + refusal.message);
    return settings.error(Errc::unavailable, "host", "cannot reach " + at + ": " + refusal.message);
}

}  // namespace mt::app::mongodb
