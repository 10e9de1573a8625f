#pragma once
#include "mtm/command.hpp"

namespace mt::mtm {

/// After a tenant's files changed: waits until the gateway has put them in force, and says whether it did. Without a gateway
/// that is a note on stderr, once per command, and with --no-wait nothing: the gateway watches the folder by itself.
class Acknowledge {
public:
    Acknowledge(Session& session, const Arguments& arguments) : session_(session), wait_(!arguments.no_wait) {}

    /// Asks for the gateway; call before the first change, so that one which does not answer stops the command in time.
    Status prepare();
    /// True if the gateway runs, as prepare() found.
    bool gateway_runs() const { return runs_; }
    /// Withdraws a tenant from service before its folder goes. Nothing without a gateway.
    Status withdraw(const TenantId& id) const;
    /// True when the gateway acknowledged.
    Result<bool> sync(const TenantId& id);

private:
    Session& session_;
    bool wait_, runs_ = false, told_ = false;
};

}  // namespace mt::mtm
