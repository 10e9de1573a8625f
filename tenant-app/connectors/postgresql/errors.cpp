#include "tenant-app/connectors/postgresql/errors.hpp"

#include <algorithm>

namespace mt::app::postgresql {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Five digits and capitals, not all of them letters: FATAL is none.
bool is_state(std::string_view text) {
    return text.size() == 5 &&
        std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || (c >= 'A' && c <= 'Z'); }) &&
           std::any_of(text.begin(), text.end(), is_digit);
}

/// "FATAL:  28P01: password authentication failed …" has a state, and the message behind it.
struct Said {
    std::string_view state, message;
};

Said said_in(std::string_view line) {
    for (auto colon = line.find(": "); colon != std::string_view::npos; colon = line.find(": ", colon + 1)) {
        auto rest = line.substr(colon + 1);
        rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
        if (is_state(rest.substr(0, 5)) && rest.substr(5, 2) == ": ") return {rest.substr(0, 5), rest.substr(7)};
    }
    return {{}, line};
}

/// The first line with a state, else the first one.
Said first_said(std::string_view text) {
    const Said first = said_in(text.substr(0, text.find('\n')));
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        if (const auto said = said_in(line); !said.state.empty()) return said;
        text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
    return first;
}

}  // namespace

Error lost_error() {
    return Error{Errc::unavailable,
                 "The connection to the database was lost; whether the statement changed anything is not known"};
}

Error statement_error(const Refusal& refusal) {
    const auto& state = refusal.sqlstate;
    const auto is_class = [&](std::string_view name) { return state.starts_with(name); };
    if (state == "23505") return Error{Errc::conflict, refusal.constraint};
    if (is_class("22") || is_class("23"))
        return Error{Errc::bad_request, "The database refuses the values: " + refusal.message};
    if (state == "57014") return Error{Errc::timed_out, "The statement took too long and was stopped"};
    if (is_class("40"))
        return Error{Errc::unavailable, "The database gave up for another change of the same rows: " + refusal.message};
    if (is_class("08") || is_class("57P") || state == "53300")
        return Error{Errc::unavailable, "The database is not available: " + refusal.message};
    // Libpq words the end of a connection itself, without a state.
    if (state.empty()) return lost_error();
    return Error{Errc::failed, "database: " + refusal.message + " (SQLSTATE " + state + ")"};
}

bool ends_connection(std::string_view state) {
    return state.empty() || state.starts_with("08") || state.starts_with("57P") || state == "26000" || state == "0A000";
}

Error connect_error(const server::Settings& settings, std::string_view text) {
    const auto said = first_said(text);
    const std::string message{said.message};
    const auto server = settings.local() ? "PostgreSQL's socket in " + settings.host
                                         : "PostgreSQL at " + settings.host + ":" + std::to_string(settings.port);
    if (said.state.starts_with("28"))
        return settings.error(Errc::invalid_config, "password", server + " refuses the login: " + message)
            .hint("check \"user\" and \"password\", and the server's pg_hba.conf");
    if (said.state == "3D000")
        return settings.error(Errc::invalid_config, "database", server + ": " + message)
            .hint("create it: createdb " + settings.database);
    if (said.state == "42501")
        return settings.error(Errc::invalid_config, "user", server + ": " + message)
            .hint("GRANT CONNECT ON DATABASE " + settings.database + " TO " + settings.user);
    if (!said.state.empty()) return settings.error(Errc::unavailable, "", server + ": " + message);
    return settings.error(Errc::unavailable, "host", "cannot reach " + server + ": " + message);
}

}  // namespace mt::app::postgresql
