#include "mtm/acknowledge.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace mt::mtm {

Status Acknowledge::prepare() {
    MT_TRY(runs_, session_.gateway.runs());
    return {};
}

Status Acknowledge::withdraw(const TenantId& id) const {
    if (!runs_) return {};
    MT_TRY(const auto ignored, session_.gateway.act(id, "withdraw"));
    static_cast<void>(ignored);
    return {};
}

Result<bool> Acknowledge::sync(const TenantId& id) {
    if (!runs_ && !std::exchange(told_, true))
        session_.output.note("note: the gateway is not running; start it with: mtg start");
    if (!runs_ || !wait_) return false;
    auto status = session_.gateway.sync(id);
    if (status.ok()) return true;
    session_.output.note("note: tenant " + id.str() + ": what was asked for is on disk; the gateway has not put it in force");
    return status.error();
}

}  // namespace mt::mtm
