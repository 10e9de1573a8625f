#include "gateway/tls/host_map.hpp"

namespace mt::gateway {

namespace {

std::string lower(std::string_view text) {
    std::string out{text};
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    return out;
}

}  // namespace

bool HostMap::add(std::string_view name, std::size_t certificate) {
    const bool wild = name.starts_with("*.");
    return (wild ? below_ : exact_).emplace(lower(wild ? name.substr(2) : name), certificate).second;
}

std::size_t HostMap::find(std::string_view host) const {
    auto name = lower(host);
    if (name.ends_with('.')) name.pop_back();
    if (const auto found = exact_.find(name); found != exact_.end()) return found->second;
    const auto dot = name.find('.');
    if (dot == std::string::npos || dot == 0) return 0;
    const auto found = below_.find(std::string_view{name}.substr(dot + 1));
    return found == below_.end() ? 0 : found->second;
}

}  // namespace mt::gateway
