#include "gateway/ui/request_rules.hpp"

#include <boost/algorithm/string/predicate.hpp>

namespace mt::gateway {

bool is_own_host(std::string_view host, unsigned short port) {
    for (const std::string_view name : {"127.0.0.1", "localhost", "[::1]"}) {
        if (!boost::algorithm::istarts_with(host, name)) continue;
        const auto rest = host.substr(name.size());
        return rest == ":" + std::to_string(port) || (rest.empty() && port == 80);
    }
    return false;
}

bool is_own_origin(std::string_view origin, std::string_view host) {
    constexpr std::string_view k_scheme = "http://";
    return origin.starts_with(k_scheme) && boost::algorithm::iequals(origin.substr(k_scheme.size()), host);
}

std::vector<std::string_view> cookies_named(std::string_view field, std::string_view name) {
    std::vector<std::string_view> values;
    while (!field.empty()) {
        const auto end = std::min(field.find(';'), field.size());
        auto pair = field.substr(0, end);
        pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
        if (pair.starts_with(name) && pair.substr(name.size()).starts_with('='))
            values.push_back(pair.substr(name.size() + 1));
        field.remove_prefix(std::min(end + 1, field.size()));
    }
    return values;
}

}  // namespace mt::gateway
