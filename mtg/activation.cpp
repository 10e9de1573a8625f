#include "mtg/activation.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>

#include "base/cores.hpp"
#include "base/service_manager.hpp"

namespace mt::mtg {

namespace {

constexpr const char* k_addresses = "MTG_ACTIVATED";  // "127.0.0.1:80,[::1]:80", from us to the process that replaces us

Result<ListenText> address_of(int socket) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    int listens = 0;
    socklen_t size = sizeof listens;
    const bool is_listener = ::getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0 &&
                             ::getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &length) == 0;
    char host[INET6_ADDRSTRLEN] = "";
    if (is_listener && storage.ss_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
        ::inet_ntop(AF_INET, &v4.sin_addr, host, sizeof host);
        return ListenText{host, ntohs(v4.sin_port)};
    }
    if (is_listener && storage.ss_family == AF_INET6) {
        const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
        ::inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof host);
        return ListenText{host, ntohs(v6.sin6_port)};
    }
    return Error{Errc::usage, "descriptor " + std::to_string(socket) + " of LISTEN_FDS is no listening TCP socket"}.hint(
        "ListenStream= of the socket unit wants an address and a port, such as 0.0.0.0:80");
}

/// What the process before us was started with.
Result<std::vector<ListenText>> handed_on() {
    std::vector<ListenText> addresses;
    const char* const text = std::getenv(k_addresses);
    for (std::string_view rest = text ? text : ""; !rest.empty();) {
        const auto comma = std::min(rest.find(','), rest.size());
        MT_TRY(auto address, parse_listen(rest.substr(0, comma)));
        addresses.push_back(std::move(address));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return addresses;
}

void hand_on(const std::vector<ListenText>& addresses) {
    std::string text;
    for (const auto& address : addresses) text += (text.empty() ? "" : ",") + address.str();
    ::setenv(k_addresses, text.c_str(), 1);
}

/// Each of the proxy's threads accepts at a descriptor of its own.
void give_to_threads(int socket, std::vector<int>& listeners) {
    listeners.push_back(socket);
    for (auto threads = usable_cores(); threads > 1; --threads)
        listeners.push_back(::fcntl(socket, F_DUPFD_CLOEXEC, 10));
}

}  // namespace

Status take_activated(mt::gateway::GatewayOptions& options, bool asked) {
    MT_TRY(auto addresses, handed_on());
    const auto sockets = take_activated_sockets();
    if (!sockets.empty()) addresses.clear();
    for (const int socket : sockets) {
        MT_TRY(auto address, address_of(socket));
        addresses.push_back(std::move(address));
        give_to_threads(socket, options.inherited_listeners);
    }
    if (addresses.empty()) return {};
    hand_on(addresses);
    if (asked) return {};
    auto& config = options.config;
    config.listen.clear();
    const auto names = [](const std::vector<ListenText>& list, const ListenText& address) {
        return std::find(list.begin(), list.end(), address) != list.end();
    };
    for (const auto& address : addresses)
        if (!(config.tls && names(config.tls->listen, address)) && !names(config.listen, address)) config.listen.push_back(address);
    return {};
}

}  // namespace mt::mtg
