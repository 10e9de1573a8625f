#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "base/cli/options.hpp"
#include "base/json_file.hpp"

namespace mt::mtm {

/// The gateway that serves a tenants folder, if one runs. Asked once, at construction of the command; every call blocks for at
/// most the timeout.
class GatewayLink {
public:
    GatewayLink(const cli::Settings& settings, std::chrono::milliseconds timeout) : settings_(settings), timeout_(timeout) {}

    /// Whether it runs. Fails with conflict if its socket belongs to somebody else, with timed_out if it does not answer.
    Result<bool> runs();
    /// Fails with unavailable (exit 7) if it does not run.
    Status require();

    /// A GET, for an answer's `data`. Call only after runs() or require() said so.
    Result<json> get(const std::string& target) const;
    /// POST /tenants/<id>/<what>, which waits until it is done. Whatever the gateway says of the tenant is of_tenant(id).
    Result<json> act(const TenantId& id, const std::string& what) const;
    /// The folder is read again and in force. `serve`: fails if it is not routable.
    Status sync(const TenantId& id) const;

    /// "http://localhost:9000", of the running gateway or else of the configuration.
    std::string base_url() const;

private:
    const cli::Settings& settings_;
    std::chrono::milliseconds timeout_;
    std::string listen_;
};

/// A listener's address as a browser on this machine reaches it: "0.0.0.0:9000" is "http://localhost:9000".
std::string url_of_listen(const std::string& listen);

}  // namespace mt::mtm
