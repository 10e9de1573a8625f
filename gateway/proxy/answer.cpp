#include "gateway/proxy/session.hpp"

namespace mt::gateway {

namespace {
constexpr std::chrono::milliseconds k_linger{2'000};
constexpr std::size_t k_linger_bytes = 8u << 20;
}  // namespace

Task<bool> send_answer(Session& session, const OwnAnswer& answer) {
    Outgoing out;
    out.put(answer.head, answer.content());
    while (!out.empty()) {
        const auto moved = out.flush(*session.client);
        if (moved.io == Wire::Io::failed) co_return false;
        if (moved.io == Wire::Io::done) continue;
        session.client->want_write();
        if (co_await session.pause(session.loop.shared.options.write_gap) != Wake::news) co_return false;
    }
    co_return true;
}

Task<bool> linger(Session& session) {
    auto& loop = session.loop;
    session.client->shutdown_send();
    loop.buffers.take_back(session.in);
    session.idle = false;
    const auto end = loop.now + (loop.draining ? Loop::k_drain_linger : k_linger);
    std::size_t dropped = 0;
    while (dropped < k_linger_bytes && loop.now < end) {
        if (session.client->may_read()) {
            const auto moved = session.client->receive(loop.sink, sizeof loop.sink);
            if (moved.io == Wire::Io::closed || moved.io == Wire::Io::failed) break;
            dropped += moved.bytes;
            continue;
        }
        session.client->want_read();
        if (co_await session.pause(end - loop.now) != Wake::news) break;
    }
    co_return true;
}

}  // namespace mt::gateway
