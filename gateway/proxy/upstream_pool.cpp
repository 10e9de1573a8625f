#include "gateway/proxy/upstream_pool.hpp"

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

Connect connect_upstream(Reactor& reactor, const TenantEntry& tenant, Upstream& upstream) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (tenant.socket_path.size() >= sizeof address.sun_path) return Connect::failed;
    std::memcpy(address.sun_path, tenant.socket_path.data(), tenant.socket_path.size());
    // Read before the connect: if a worker takes over in between, the connection counts as the older one's.
    upstream.generation = tenant.gate->generation();
    upstream.reused = false;
    Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!fd) return errno == EMFILE || errno == ENFILE ? Connect::again : Connect::failed;
    while (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        if (errno == EINTR) continue;
        return errno == EAGAIN ? Connect::again : Connect::failed;
    }
    upstream.wire = Wire::make(reactor, fd.release(), Wire::End::connected);
    return upstream.wire ? Connect::done : Connect::again;
}

}  // namespace mt::gateway
