#include "base/ui_address.hpp"

#include <arpa/inet.h>

#include <cstring>
#include <nlohmann/json.hpp>

namespace mt {

namespace {

bool is_loopback(const std::string& host) {
    in_addr v4{};
    if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
    in6_addr v6{};
    return ::inet_pton(AF_INET6, host.c_str(), &v6) == 1 && std::memcmp(&v6, &in6addr_loopback, sizeof v6) == 0;
}

}  // namespace

ListenText standard_ui_address() { return {"127.0.0.1", 9001}; }

Result<ListenText> parse_ui_address(std::string_view text) {
    MT_TRY(auto address, parse_listen(text));
    if (is_loopback(address.host)) return address;
    return Error{Errc::usage, "the operator's page is served on loopback alone, and " + address.host + " is not"}.hint(
        "for example 127.0.0.1:9001; from elsewhere through ssh -L 9001:127.0.0.1:9001");
}

ConfigRead read_ui_into(std::optional<ListenText>& target) {
    return [&target](const ordered_json& value, const ConfigPlace& at) -> Status {
        target.reset();
        if (value.is_boolean()) {
            if (value.get<bool>()) target = standard_ui_address();
            return {};
        }
        if (!value.is_string()) return at.error("must be true, false or an address such as \"127.0.0.1:9001\"");
        auto address = parse_ui_address(value.get_ref<const std::string&>());
        if (!address.ok()) return at.error(address.error().message());
        target = *std::move(address);
        return {};
    };
}

}  // namespace mt
