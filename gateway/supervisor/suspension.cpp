#include "gateway/supervisor/suspension.hpp"

#include "gateway/supervisor/tenant.hpp"

namespace mt::gateway {

std::string suspension_text(std::string_view reason) {
    while (!reason.empty() && (reason.back() == '.' || reason.back() == ' ')) reason.remove_suffix(1);
    return reason.empty() ? "The tenant is suspended" : "The tenant is suspended: " + std::string{reason};
}

/// A suspension with an end lifts itself: the folder is read again then, and `until` has come.
void Tenant::watch_suspension() {
    until_timer_.cancel();
    if (!spec_.config.until || spec_.config.state != "suspended") return;
    if (state_ != TenantState::suspended && wanted() == "running") return;  // has come, and is in force
    until_timer_.expires_at(*spec_.config.until);
    until_timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
        const auto self = weak.lock();
        if (error || !self || self->removed_) return;
        if (auto spec = self->context_.source.read(self->id())) self->apply(*std::move(spec));
    });
}

}  // namespace mt::gateway
