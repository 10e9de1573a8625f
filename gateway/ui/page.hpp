#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "base/layout.hpp"
#include "base/listen_text.hpp"

namespace mt::gateway {

struct UiOptions {
    Layout layout;                      ///< absolute paths
    ListenText listen;                  ///< a loopback address; port 0: any free one
    std::filesystem::path config_file;  ///< mtg.json; empty: none
    std::string manager;                ///< the program mtm
    std::string assets;                 ///< the folder of the page's files
    bool patient = false;               ///< after a restart the address may be taken for some seconds: not a failure
};

/// The operator's page (docs/OPERATORS_PAGE.md): an HTTP server on a thread of its own, which asks the gateway through
/// the control socket as any program does. So nothing that happens here, or does not, holds up the supervisor or a
/// request of a tenant.
class OperatorsPage {
public:
    /// Fails with conflict if the address is taken, with not_found if the page is not installed, with failed.
    static Result<std::unique_ptr<OperatorsPage>> start(UiOptions options);
    virtual ~OperatorsPage() = default;

    /// "http://127.0.0.1:9001/"
    virtual std::string address() const = 0;
    /// An address that signs in once, within ten minutes. Any thread.
    virtual std::string sign_in_link() = 0;
};

}  // namespace mt::gateway
