#include "gateway/proxy/session.hpp"

#include <cstring>

#include "base/log.hpp"
#include "gateway/proxy/http2/serve.hpp"

namespace mt::gateway {

Session::Session(Loop& owner, Wire::Ptr wire, std::string address)
    : loop(owner), client(std::move(wire)), peer(std::move(address)), trusted(owner.shared.trusts(peer)) {
    client->tell(&sleeper);
    loop.add(*this);
}

Session::~Session() {
    loop.buffers.take_back(in);
    loop.remove(*this);
}

void Session::start(Loop& loop, Wire::Ptr client, std::string peer) {
    run(std::unique_ptr<Session>{new Session(loop, std::move(client), std::move(peer))});
}

namespace {
http::ScanLimits limits_of(const Session& session) { return session.loop.shared.options.head; }
}  // namespace

void rescan(Session& session) { http::scan_request(session.in.view(), session.loop.request_head, limits_of(session)); }

Session::Poll Session::poll_head() {
    // Bytes behind the last request may hold the next one; afterwards a scan is worth it only once a line has ended.
    bool worth = !in.empty();
    for (;;) {
        if (worth) {
            const auto scan = http::scan_request(in.view(), loop.request_head, limits_of(*this));
            if (scan.state == http::ScanResult::State::complete) return Poll::complete;
            if (scan.state == http::ScanResult::State::invalid) {
                refused_status_ = scan.status;
                refused_why_ = scan.why;
                return Poll::refused;
            }
        }
        if (client_eof) return Poll::ended;
        if (!client->may_read()) return Poll::wait;
        loop.buffers.lend(in);
        if (in.empty()) {
            in.begin = in.end = 0;
        } else if (in.room() < k_buffer_bytes / 2) {
            std::memmove(in.storage.get(), in.storage.get() + in.begin, in.end - in.begin);
            in.end -= in.begin;
            in.begin = 0;
        }
        const auto moved = client->receive(in.storage.get() + in.end, in.room());
        if (moved.io == Wire::Io::failed) return Poll::ended;
        if (moved.io == Wire::Io::would_block) return Poll::wait;
        if (moved.io == Wire::Io::closed) {  // what came without a line end was not looked at, and may deserve an answer
            client_eof = worth = true;
            if (in.empty()) return Poll::ended;
            continue;
        }
        worth = std::memchr(in.storage.get() + in.end, '\n', moved.bytes) || in.view().size() + moved.bytes >= loop.shared.options.head.head_bytes;
        in.end += static_cast<std::uint32_t>(moved.bytes);
    }
}

/// The handshake, which may take as long as a head: `done`, `http2`, or `failed` with nothing more to say.
Task<WireLayer::Opening> Session::open() {
    using Opening = WireLayer::Opening;
    const auto end = loop.now + loop.shared.options.head_timeout;
    for (;;) {
        const auto opening = client->layer()->open();
        if (opening == Opening::done || opening == Opening::http2 || opening == Opening::failed) co_return opening;
        if (opening == Opening::not_spoken) {
            client->put_layer(nullptr);
            co_await refuse(400, "Plain HTTP was sent to a port where TLS is spoken; the address begins with https");
            co_return Opening::failed;
        }
        if (opening == Opening::wants_read) client->want_read();
        else client->want_write();
        if (co_await pause(end - loop.now) != Wake::news) co_return Opening::failed;
    }
}

Task<bool> Session::refuse(unsigned status, const char* why) {
    Request request;
    request.began = loop.now;
    request.status = status;
    request.request_id = loop.next_request_id();
    if (loop.log.on()) request.note = std::make_unique<AccessNote>();
    record(*this, request);
    const auto answer = problem({}, status, why, request.request_id);
    if (co_await send_answer(*this, answer)) co_await linger(*this);
    co_return false;
}

Detached Session::run(std::unique_ptr<Session> self) {
    Session& session = *self;
    const auto& options = session.loop.shared.options;
    try {
        if (session.client->layer()) {
            const auto opened = co_await session.open();
            if (opened == WireLayer::Opening::failed) co_return;
            if (opened == WireLayer::Opening::http2) {
                co_await serve_http2(session);
                co_return;
            }
        }
        for (;;) {
            Poll poll;
            Clock::time_point head_end = Clock::time_point::max();  // starts with the first byte
            while ((poll = session.poll_head()) == Poll::wait) {
                const bool idle = session.in.empty();
                session.idle = idle;
                if (idle) session.loop.buffers.take_back(session.in);
                if (!idle && head_end == Clock::time_point::max()) head_end = session.loop.now + options.head_timeout;
                session.client->want_read();
                const Clock::duration wait = !idle                   ? head_end - session.loop.now
                                             : session.loop.draining ? Loop::k_drain_linger
                                                                     : options.idle_timeout;
                const auto wake = co_await session.pause(wait);
                session.idle = false;
                if (wake == Wake::aborted) co_return;
                if (wake == Wake::expired) {
                    // A request that crosses our end on its way must not meet a closed socket: that would be a reset.
                    if (idle) co_await linger(session);
                    else co_await session.refuse(408, "The request's head did not come in time");
                    co_return;
                }
            }
            if (poll == Poll::ended) co_return;
            if (poll == Poll::refused) {
                co_await session.refuse(session.refused_status_, session.refused_why_);
                co_return;
            }
            if (!co_await handle_request(session)) co_return;
        }
    } catch (const std::exception& error) {
        log::error("event=session_failed what=" + log::quote(error.what()));
    }
}

}  // namespace mt::gateway
