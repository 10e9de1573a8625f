#include "gateway/proxy/upstream_pool.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "base/files.hpp"

namespace mt::gateway {

namespace {
constexpr std::size_t k_resting_max = 256;
}

struct UpstreamPool::Resting final : Listener {
    Resting(UpstreamPool& owner, Shelf& where, Upstream&& what, Clock::time_point now)
        : pool(owner), shelf(where), upstream(std::move(what)), since(now) {}
    void news() override {
        if (upstream.wire->is_quiet()) upstream.wire->want_read();
        else pool.forget(*this);
    }

    UpstreamPool& pool;
    Shelf& shelf;  // a map's elements keep their addresses
    Upstream upstream;
    Clock::time_point since;
};

UpstreamPool::UpstreamPool() = default;
UpstreamPool::~UpstreamPool() = default;

void UpstreamPool::forget(Resting& resting) {
    auto& shelf = resting.shelf;
    for (auto at = shelf.begin(); at != shelf.end(); ++at)
        if (at->get() == &resting) {
            shelf.erase(at);
            --size_;
            return;
        }
}

Upstream UpstreamPool::take(const TenantEntry& tenant) {
    const auto found = shelves_.find(tenant.id.str());
    if (found == shelves_.end()) return {};
    auto& shelf = found->second;
    const auto generation = tenant.gate->generation();
    while (!shelf.empty()) {
        Upstream upstream = std::move(shelf.back()->upstream);
        shelf.pop_back();
        --size_;
        upstream.wire->tell(nullptr);
        if (upstream.generation == generation && upstream.wire->is_quiet()) return upstream;
    }
    return {};
}

void UpstreamPool::give_back(const TenantEntry& tenant, Upstream upstream, Clock::time_point now) {
    if (upstream.generation != tenant.gate->generation()) return;
    auto& shelf = shelves_[tenant.id.str()];
    if (shelf.size() >= k_resting_max || !upstream.wire->is_quiet()) return;
    upstream.reused = true;
    Wire& wire = *upstream.wire;
    wire.rest();
    shelf.push_back(std::make_unique<Resting>(*this, shelf, std::move(upstream), now));
    ++size_;
    wire.tell(shelf.back().get());
    wire.want_read();  // the next request's wait for its answer is this one
}

void UpstreamPool::drop_older(std::string_view tenant, std::uint32_t generation) {
    const auto found = shelves_.find(tenant);
    if (found == shelves_.end()) return;
    size_ -= std::erase_if(found->second, [&](const auto& resting) { return resting->upstream.generation != generation; });
}

void UpstreamPool::drop_resting(Clock::time_point since) {
    for (auto at = shelves_.begin(); at != shelves_.end();) {
        size_ -= std::erase_if(at->second, [&](const auto& resting) { return resting->since < since; });
        at = at->second.empty() ? shelves_.erase(at) : std::next(at);
    }
}

void UpstreamPool::drop_tenant(std::string_view tenant) {
    const auto found = shelves_.find(tenant);
    if (found == shelves_.end()) return;
    size_ -= found->second.size();
    shelves_.erase(found);
}

void UpstreamPool::drop_all() {
    shelves_.clear();
    size_ = 0;
}

namespace {

Connect connect_local(Reactor& reactor, const std::string& path, Upstream& upstream) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return Connect::failed;
    std::memcpy(address.sun_path, path.data(), path.size());
    Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!fd) return errno == EMFILE || errno == ENFILE ? Connect::again : Connect::failed;
    while (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        if (errno == EINTR) continue;
        return errno == EAGAIN ? Connect::again : Connect::failed;
    }
    upstream.wire = Wire::make(reactor, fd.release(), Wire::End::connected);
    return upstream.wire ? Connect::done : Connect::again;
}

Connect connect_tcp(Reactor& reactor, const TenantEntry& tenant, Upstream& upstream) {
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    v4.sin_family = AF_INET;
    v6.sin6_family = AF_INET6;
    v4.sin_port = v6.sin6_port = htons(tenant.port);
    const bool is_v4 = ::inet_pton(AF_INET, tenant.host.c_str(), &v4.sin_addr) == 1;
    if (!is_v4 && ::inet_pton(AF_INET6, tenant.host.c_str(), &v6.sin6_addr) != 1) return Connect::failed;
    const auto* address = is_v4 ? reinterpret_cast<const sockaddr*>(&v4) : reinterpret_cast<const sockaddr*>(&v6);
    Fd fd{::socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!fd) return errno == EMFILE || errno == ENFILE ? Connect::again : Connect::failed;
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const bool at_once = ::connect(fd.get(), address, is_v4 ? sizeof v4 : sizeof v6) == 0;
    if (!at_once && errno != EINPROGRESS && errno != EINTR) return Connect::failed;
    upstream.wire = Wire::make(reactor, fd.release(), at_once ? Wire::End::connected : Wire::End::connecting);
    if (!upstream.wire) return Connect::again;
    return at_once ? Connect::done : Connect::under_way;
}

}  // namespace

Connect connect_upstream(Reactor& reactor, const TenantEntry& tenant, Upstream& upstream) {
    // Read before the connect: if a worker takes over in between, the connection counts as the older one's.
    upstream.generation = tenant.gate->generation();
    upstream.reused = false;
    return tenant.host.empty() ? connect_local(reactor, tenant.socket_path, upstream) : connect_tcp(reactor, tenant, upstream);
}

}  // namespace mt::gateway
