#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace mt::gateway {

/// Which of several certificates a host name gets: its own, else that of a wildcard over its first label (RFC 6125 section
/// 6.4.3), else the first. Names are compared without case.
class HostMap {
public:
    /// "api.example.org" or "*.example.org". False: another one has the name already, and keeps it.
    bool add(std::string_view name, std::size_t certificate);
    std::size_t find(std::string_view host) const;

private:
    std::map<std::string, std::size_t, std::less<>> exact_, below_;  ///< `below_`: by what follows "*."
};

}  // namespace mt::gateway
