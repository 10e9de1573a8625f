#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace mt {

/// What a caller decides on. Each becomes an exit code (base/cli), an HTTP status (tenant-app/rest) or a log level in one
/// table; adding one makes the compiler list those tables.
enum class Errc {
    failed,              ///< something below us broke: a system call, a disk, a database
    usage,               ///< the command line asks for something impossible
    invalid_name,        ///< not a tenant id, model name or property name
    invalid_config,      ///< a configuration file is broken; `where` says at which file, line and pointer
    bad_request,         ///< what the client sent cannot be read
    not_allowed,         ///< read well, and refused
    validation,          ///< a model instance is not valid; `details` is LoopBack's object
    no_such_tenant,      //
    not_found,           ///< no such model, instance or route
    conflict,            ///< exists already, or somebody else holds the lock
    payload_too_large,   //
    unavailable,         ///< refused connection, worker not ready, gateway not running
    timed_out,           //
    interrupted,         //
};

/// The name of `code` as it stands in JSON documents: `no_such_tenant`.
std::string_view name(Errc code);

/// Where in the configuration an error is, and what to do about it. Everything may be empty.
struct ErrorPlace {
    std::string tenant;
    std::string file;      ///< as the user would type it
    std::size_t line = 0;  ///< 1-based; 0 is unknown
    std::string pointer;   ///< RFC 6901
    std::string hint;      ///< what to do next, if possible a command to paste
};

/// An expected failure. Copies are cheap: the rare parts are shared.
class Error {
public:
    Error(Errc code, std::string message) : code_(code), message_(std::move(message)) {}

    Errc code() const { return code_; }
    /// Fit for the client or user who caused it: one sentence, no secrets.
    const std::string& message() const { return message_; }
    /// Never null.
    const ErrorPlace& place() const;
    /// A JSON value as text (LoopBack's `details`), or empty.
    const std::string& details() const;
    /// LoopBack's `error.code`, such as MODEL_NOT_FOUND, or empty.
    const std::string& label() const;

    /// Each returns the error with one thing more, to be chained: `Error(…).in_file(path, 3, "/properties").hint("…")`.
    [[nodiscard]] Error of_tenant(std::string tenant) &&;
    [[nodiscard]] Error in_file(std::string file, std::size_t line = 0, std::string pointer = {}) &&;
    [[nodiscard]] Error hint(std::string text) &&;
    [[nodiscard]] Error with_details(std::string json_text) &&;
    [[nodiscard]] Error labelled(std::string label) &&;

private:
    struct More {
        ErrorPlace place;
        std::string details;
        std::string label;
    };
    More& more();

    Errc code_;
    std::string message_;
    std::shared_ptr<More> more_;
};

/// `message` of the current errno: "open tenants/foo: No such file or directory".
Error errno_error(std::string_view what, std::string_view path = {});

/// One line for a terminal or log: `tenants/foo/config.json:3 /rest/limit: not a number (hint)`.
std::string describe(const Error& error);

}  // namespace mt
