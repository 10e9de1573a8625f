#include "gateway/proxy/forward.hpp"

namespace mt::gateway {

namespace {

/// One direction: what was read and not written yet, and whether the reader's end was passed on.
struct Pipe {
    Wire& from;
    Wire& to;
    Buffer& held;
    std::uint64_t& moved_bytes;
    bool eof = false, ended = false;

    /// False: a side broke. Holds no buffer while nothing flows.
    bool pump(BufferPool& buffers) {
        for (int round = 0; round < k_receives_per_turn && !ended; ++round) {
            if (!held.empty()) {
                if (!to.may_write()) return true;
                const iovec part{held.storage.get() + held.begin, held.end - held.begin};
                const auto moved = to.send(&part, 1);
                if (moved.io == Wire::Io::failed) return false;
                held.begin += static_cast<std::uint32_t>(moved.bytes);
                moved_bytes += moved.bytes;
                continue;
            }
            if (eof) {
                to.shutdown_send();
                ended = true;
                break;
            }
            if (!from.may_read()) break;
            buffers.lend(held);
            const auto moved = from.receive(held.storage.get(), k_buffer_bytes);
            if (moved.io == Wire::Io::failed) return false;
            eof = moved.io == Wire::Io::closed;
            held.begin = 0;
            held.end = static_cast<std::uint32_t>(moved.bytes);
        }
        if (held.empty()) buffers.take_back(held);
        return true;
    }
    void arm() {
        if (!held.empty()) to.want_write();
        else if (!eof) from.want_read();
    }
};

}  // namespace

Task<bool> tunnel(Session& session, Request& request, Upstream& upstream, Buffer& behind) {
    const auto idle = request.tenant->limits.tunnel_idle;
    const StreamCount counted{*request.tenant->gate};
    session.lives_on = request.tenant->limits.tunnel_drain;
    Pipe up{*session.client, *upstream.wire, session.in, request.bytes_in, session.client_eof};
    Pipe down{*upstream.wire, *session.client, behind, request.bytes_out};
    while (!up.ended || !down.ended) {
        if (!up.pump(session.loop.buffers) || !down.pump(session.loop.buffers)) break;
        if (up.ended && down.ended) break;
        up.arm();
        down.arm();
        if (co_await session.pause(idle) != Wake::news) break;
    }
    co_return true;
}

}  // namespace mt::gateway
