#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mt::gateway {

/// Whether a Host field names this page: a loopback name with our port. Anything else is a name that somebody pointed
/// at this machine (DNS rebinding).
bool is_own_host(std::string_view host, unsigned short port);

/// Whether an Origin field (RFC 6454) is the page that the Host field names.
bool is_own_origin(std::string_view origin, std::string_view host);

/// The values of all cookies of that name in a Cookie field (RFC 6265 section 5.4), in order. Views of `field`.
std::vector<std::string_view> cookies_named(std::string_view field, std::string_view name);

}  // namespace mt::gateway
