#include "mtm/place.hpp"

#include <unistd.h>

#include <cstdio>

namespace mt::mtm {

namespace {

constexpr const char* k_log_parts[] = {"", ".1", ".2", ".3"};

}  // namespace

Status check_sockets(const Layout& layout, const TenantId& id) {
    MT_CHECK(check_socket_path(layout.control_socket()));
    auto status = check_socket_path(layout.tenant_socket(id));
    if (!status.ok()) return status.error().of_tenant(id.str());
    return {};
}

void forget_log(const Layout& layout, const TenantId& id) {
    for (const auto* part : k_log_parts) ::unlink((layout.tenant_log(id).native() + part).c_str());
}

void move_log(const Layout& layout, const TenantId& from, const TenantId& to) {
    forget_log(layout, to);
    // A log that stays behind is no reason to fail.
    for (const auto* part : k_log_parts)
        if (std::rename((layout.tenant_log(from).native() + part).c_str(),
            (layout.tenant_log(to).native() + part).c_str()) != 0)
            continue;
}

}  // namespace mt::mtm
