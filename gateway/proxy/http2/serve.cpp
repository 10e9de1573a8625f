#include "gateway/proxy/http2/serve.hpp"

#include "gateway/proxy/http2/frames.hpp"

namespace mt::gateway {

namespace {

constexpr std::size_t k_output_bytes = 64u << 10;
constexpr int k_rounds = 16;
constexpr std::chrono::hours k_while_served{1};  ///< sessions of streams have deadlines of their own
constexpr std::chrono::seconds k_say_end{5};

/// The connection's frames and its socket, tied together.
class Connection final : public Http2Frames::Owner, Reactor::Source {
public:
    explicit Connection(Session& session)
        : session_(session), certificate_fields_(std::make_shared<const std::string>(session.client->layer()->certificate_fields())),
          frames_(*this, Http2Limits{session.loop.shared.options.head.head_bytes}) {}
    ~Connection() { session_.loop.reactor.forget(*this); }

    void opened(Http2Stream& stream) override {
        auto wire = Wire::make_detached(session_.loop.reactor);
        wire->put_layer(std::make_unique<Http2Layer>(*wire, stream, certificate_fields_));
        Session::start(session_.loop, std::move(wire), session_.peer);
    }
    void output_pending() override {
        if (!std::exchange(queued_, true)) session_.loop.reactor.again(*this);
    }
    /// After the others' turn: what all streams have to say leaves together. May end the connection, and this object with it.
    void ready(std::uint32_t) override {
        queued_ = false;
        session_.sleeper.news();
    }

    /// False: the connection is over but for what is to be said.
    bool read() {
        auto& client = *session_.client;
        for (int round = 0; round < k_rounds && client.may_read() && sent_ == out_.size(); ++round) {
            session_.loop.buffers.lend(session_.in);
            session_.in.begin = session_.in.end = 0;
            const auto moved = client.receive(session_.in.storage.get(), k_buffer_bytes);
            if (moved.io == Wire::Io::would_block) break;
            if (moved.io != Wire::Io::done) return false;
            progress_ = session_.loop.now;
            if (!frames_.feed({session_.in.storage.get(), moved.bytes}, session_.loop.now)) return false;
        }
        session_.loop.buffers.take_back(session_.in);
        return true;
    }
    /// False: the client takes nothing more.
    bool write() {
        for (int round = 0; round < k_rounds; ++round) {
            if (sent_ == out_.size()) {
                out_.clear();
                sent_ = 0;
                if (!frames_.output(out_, k_output_bytes)) return false;
                if (out_.empty()) return true;
            }
            const iovec part{out_.data() + sent_, out_.size() - sent_};
            const auto moved = session_.client->send(&part, 1);
            if (moved.io == Wire::Io::would_block) return true;
            if (moved.io == Wire::Io::failed) return false;
            progress_ = session_.loop.now;
            sent_ += moved.bytes;
        }
        output_pending();
        return true;
    }
    bool has_output() const { return sent_ < out_.size(); }
    void arm() {
        if (has_output()) session_.client->want_write();
        else session_.client->want_read();
    }
    Clock::duration longest() const {
        if (session_.loop.draining && !frames_.gone()) return Loop::k_drain_linger;  // a request may be on its way
        if (frames_.served() > 0) return k_while_served;
        return progress_ + session_.loop.shared.options.idle_timeout - session_.loop.now;
    }
    Http2Frames& frames() { return frames_; }
    /// While nothing is under way it costs no buffer.
    void rest() {
        if (frames_.streams() > 0 || has_output()) return;
        out_ = {};
        sent_ = 0;
    }

private:
    Session& session_;
    std::shared_ptr<const std::string> certificate_fields_;
    Http2Frames frames_;
    std::string out_;
    std::size_t sent_ = 0;
    Clock::time_point progress_ = Clock::now();
    bool queued_ = false;
};

}  // namespace

Task<bool> serve_http2(Session& session) {
    Connection connection{session};
    session.lives_on = std::chrono::hours{24 * 365};  // a drain ends its streams, each in its time, and it with the last
    bool reading = true;
    while (reading) {
        reading = connection.read();
        if (!connection.write()) co_return false;
        if (!reading || connection.frames().finished()) break;
        connection.rest();
        connection.arm();
        session.idle = true;  // a drain wakes it
        const auto wake = co_await session.pause(connection.longest());
        session.idle = false;
        if (wake == Wake::aborted) co_return false;
        if (wake != Wake::expired) continue;
        reading = session.loop.draining && !connection.frames().gone();
        connection.frames().go_away();
    }
    // The reason of the end is the last thing to leave.
    const auto end = session.loop.now + k_say_end;
    while (connection.write() && connection.has_output() && session.loop.now < end) {
        session.client->want_write();
        if (co_await session.pause(end - session.loop.now) != Wake::news) co_return false;
    }
    co_await linger(session);
    co_return false;
}

}  // namespace mt::gateway
