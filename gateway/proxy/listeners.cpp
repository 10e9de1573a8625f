#include "gateway/proxy/listeners.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "gateway/proxy/loop.hpp"
#include "gateway/proxy/session.hpp"
#include "gateway/proxy/tls_layer.hpp"

namespace mt::gateway {

namespace {

constexpr std::chrono::milliseconds k_doors_shut{50};

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = 0;
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
    void set_port(unsigned short port) {
        if (storage.ss_family == AF_INET) reinterpret_cast<sockaddr_in*>(&storage)->sin_port = htons(port);
        else reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port = htons(port);
    }
    unsigned short port() const {
        return ntohs(storage.ss_family == AF_INET ? reinterpret_cast<const sockaddr_in*>(&storage)->sin_port
                                                  : reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
    }
};

Result<SocketAddress> parse(const ListenAddress& address) {
    SocketAddress result;
    auto* const v4 = reinterpret_cast<sockaddr_in*>(&result.storage);
    auto* const v6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
    auto host = address.host;
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    if (::inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
        result.storage.ss_family = AF_INET;
        result.length = sizeof *v4;
    } else if (::inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
        result.storage.ss_family = AF_INET6;
        result.length = sizeof *v6;
    } else {
        return Error{Errc::usage, "\"" + address.host + "\" is not an IP address"}.hint("for example --listen 127.0.0.1:9000, or 0.0.0.0:9000 for all interfaces");
    }
    result.set_port(address.port);
    return result;
}

/// "::0" and "::" are one address.
bool same_host(const ListenAddress& a, const ListenAddress& b) {
    auto x = parse(a), y = parse(b);
    return x.ok() && y.ok() && peer_address(&x->storage) == peer_address(&y->storage);
}

bool same_place(const ListenAddress& a, const ListenAddress& b) { return a.port == b.port && same_host(a, b); }

std::string shown(const ListenAddress& address) { return address.host + ":" + std::to_string(address.port); }

Result<Fd> open_socket(const ListenAddress& address, const SocketAddress& where, bool shared) {
    Fd fd{::socket(where.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!fd) return errno_error("open a socket");
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (shared) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (::bind(fd.get(), where.get(), where.length) == 0) return fd;
    if (errno == EADDRINUSE)
        return Error{Errc::conflict, shown(address) + " is in use"}.hint("stop the program that listens there (ss -ltnp shows it), or choose another with --listen");
    if (errno == EADDRNOTAVAIL) return Error{Errc::usage, address.host + " is not an address of this machine"}.hint("ip addr shows those it has");
    const bool reserved = errno == EACCES;
    auto error = errno_error("bind", shown(address));
    return reserved ? std::move(error).hint("ports below 1024 want root or CAP_NET_BIND_SERVICE: choose another with --listen") : error;
}

Result<SocketAddress> name_of(int fd) {
    SocketAddress name;
    name.length = sizeof name.storage;
    if (::getsockname(fd, name.get(), &name.length) != 0) return errno_error("read the address of a listening socket");
    return name;
}

}  // namespace

std::string peer_address(const void* from) {
    const auto& storage = *static_cast<const sockaddr_storage*>(from);
    char text[INET6_ADDRSTRLEN] = "unknown";
    if (storage.ss_family == AF_INET) {
        ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr, text, sizeof text);
    } else if (storage.ss_family == AF_INET6) {
        const auto& address = reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(&address)) ::inet_ntop(AF_INET, address.s6_addr + 12, text, sizeof text);
        else ::inet_ntop(AF_INET6, &address, text, sizeof text);
    }
    return text;
}

Result<BoundAddress> bind_listeners(const ListenAddress& address, unsigned count) {
    MT_TRY(auto where, parse(address));
    BoundAddress bound{address, {}};
    {
        // Sockets with SO_REUSEPORT would share a port with another gateway of this user and take half of its connections.
        MT_TRY(const auto probe, open_socket(address, where, false));
        MT_TRY(const auto name, name_of(probe.get()));
        bound.address.port = name.port();
    }
    where.set_port(bound.address.port);
    for (unsigned i = 0; i < count; ++i) {
        MT_TRY(auto fd, open_socket(address, where, true));
        if (::listen(fd.get(), 4096) != 0) return errno_error("listen on", shown(bound.address));
        bound.sockets.push_back(std::move(fd));
    }
    return bound;
}

Result<std::vector<BoundAddress>> adopt_listeners(const std::vector<int>& sockets) {
    std::vector<BoundAddress> rows;
    for (const int number : sockets) {
        Fd fd{number};
        ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC);
        ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
        MT_TRY(const auto name, name_of(fd.get()));
        const ListenAddress address{peer_address(&name.storage), name.port()};
        auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& each) { return same_place(each.address, address); });
        if (row == rows.end()) row = rows.insert(rows.end(), BoundAddress{address, {}});
        row->sockets.push_back(std::move(fd));
    }
    return rows;
}

BoundAddress take_listeners(std::vector<BoundAddress>& inherited, const ListenAddress& wanted, const std::vector<ListenAddress>& all) {
    const auto is_named = [&](const BoundAddress& row) {
        return std::any_of(all.begin(), all.end(), [&](const auto& each) { return same_place(row.address, each); });
    };
    const auto fits = [&](const BoundAddress& row) {
        if (wanted.port != 0) return same_place(row.address, wanted);
        return same_host(row.address, wanted) && !is_named(row);
    };
    const auto found = std::find_if(inherited.begin(), inherited.end(), fits);
    if (found == inherited.end()) return {wanted, {}};
    auto taken = std::move(*found);
    inherited.erase(found);
    taken.address.tls = wanted.tls;
    return taken;
}

namespace {

/// What accept4(2) says of one connection that went wrong in the queue, not of the socket: the next one may be fine.
bool spoils_one_only(int error) {
    constexpr int k_these[] = {EINTR, ECONNABORTED, EPROTO, EPERM, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, ENOPROTOOPT, ENONET, EOPNOTSUPP};
    return std::find(std::begin(k_these), std::end(k_these), error) != std::end(k_these);
}

}  // namespace

/// One listening socket of one thread. Edge-triggered as all are: it accepts until the queue is empty.
struct Loop::Door final : Reactor::Source {
    Door(Loop& owner, int listening, bool with_tls) : loop(owner), fd(listening), tls(with_tls) {}
    ~Door() {
        loop.reactor.forget(*this);
        if (open) loop.reactor.unwatch(fd);
    }
    void ready(std::uint32_t events) override;
    /// False: nobody waits, or nobody can be let in.
    bool accept_one();

    Loop& loop;
    int fd;  // the proxy's
    bool tls;
    bool open = false;
    bool queued = false;
};

bool Loop::Door::accept_one() {
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    const int client = ::accept4(fd, reinterpret_cast<sockaddr*>(&from), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) loop.doors_shut_ = true;
        return spoils_one_only(errno);
    }
    ++loop.accepted;
    auto wire = Wire::make(loop.reactor, client, Wire::End::accepted);
    if (!wire) return true;
    if (tls) {
        auto layer = TlsLayer::make(*wire, loop.tls);
        if (!layer) return true;
        wire->put_layer(std::move(layer));
    }
    Session::start(loop, std::move(wire), peer_address(&from));
    return true;
}

void Loop::Door::ready(std::uint32_t events) {
    if (events == 0) queued = false;
    for (int i = 0; i < 64; ++i) {  // then the connections that are open get their turn
        if (loop.shared.connections.load(std::memory_order_relaxed) >= loop.shared.connections_max) loop.doors_shut_ = true;
        if (loop.doors_shut_ || !accept_one()) {
            if (loop.doors_shut_) loop.tick_within(k_doors_shut);
            return;
        }
    }
    if (!std::exchange(queued, true)) loop.reactor.again(*this);
}

void Loop::add_listener(int fd, bool with_tls) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // the connections inherit it
    doors_.push_back(std::make_unique<Door>(*this, fd, with_tls));
}

void Loop::open_doors() {
    for (const auto& door : doors_)
        if (!door->open) {
            door->open = reactor.watch(door->fd, EPOLLIN | EPOLLET, *door);
            if (!door->open) doors_shut_ = true;
        }
    if (!std::exchange(doors_shut_, false)) return;
    for (const auto& door : doors_)
        if (door->open) door->ready(EPOLLIN);
        else doors_shut_ = true;
}

void Loop::close_doors(bool for_good) {
    if (for_good)
        for (const auto& door : doors_) {
            while (shared.connections.load(std::memory_order_relaxed) < shared.connections_max && door->accept_one()) {
            }
            ::shutdown(door->fd, SHUT_RD);
        }
    doors_.clear();
    doors_shut_ = false;
}

Loop::Loop(Shared& all, std::shared_ptr<const TenantTable> snapshot, unsigned which)
    : shared(all), number(which), table(std::move(snapshot)), random_(std::random_device{}()) {}

Loop::~Loop() = default;

}  // namespace mt::gateway
