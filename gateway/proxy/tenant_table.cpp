#include "gateway/proxy/tenant_table.hpp"

namespace mt::gateway {

std::shared_ptr<const TenantEntry> TenantTable::find_host(std::string_view authority) const {
    const auto colon = authority.find(':');
    if (colon == 0 || authority.starts_with('[')) return nullptr;
    std::string name{authority.substr(0, colon)};
    if (name.ends_with('.')) name.pop_back();  // the root of the DNS
    for (char& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    if (const auto found = hosts.find(name); found != hosts.end()) return found->second;
    // The longest one wins: *.a.example before *.example.
    for (auto dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1))
        if (const auto found = hosts.find("*" + name.substr(dot)); found != hosts.end()) return found->second;
    return nullptr;
}

}  // namespace mt::gateway
