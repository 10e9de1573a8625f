#include "gateway/proxy/forward.hpp"

#include <optional>

#include "base/http/syntax.hpp"
#include "gateway/proxy/admission.hpp"
#include "gateway/proxy/headers.hpp"

// Two pumps, one per direction, each a plain function that goes on until its source is empty or its sink is full; the coroutine
// around them only waits until one of them can go on. So an early answer passes while the upload still runs, and a small request
// costs two sends and two receives. A pump owns at most one buffer: a slow reader stops its source, nothing piles up.

namespace mt::gateway {

namespace {

using http::Framing;
using std::chrono::milliseconds;

constexpr int k_interim_max = 16;   ///< 1xx answers of one request

class Exchange {
public:
    Exchange(Session& session, Request& request, Upstream& upstream, Buffer& from_worker)
        : session_(session), request_(request), client_(*session.client), worker_(*upstream.wire), upstream_(upstream), down_in_(from_worker) {}

    void start(std::string_view head);
    /// Both return false once `outcome` is decided.
    bool pump_up();
    bool pump_down();
    /// Arms what the pumps wait for; answers how long that may take.
    milliseconds arm();
    void expire();
    void finish();
    void give_back() { session_.loop.buffers.take_back(encoded_); }

    bool decided = false;
    bool may_retry = false;
    Forwarded outcome = Forwarded::cut;

private:
    bool decide(Forwarded what) {
        decided = true;
        outcome = what;
        return false;
    }
    bool fail(unsigned status, const char* why);
    bool refuse(LimitHit limit, unsigned status, const char* why);
    bool lose_worker();
    bool read_answer_head();
    bool start_answer();
    void choose_coding(bool& to_the_end);
    bool queue_body();
    bool encode(Encoder::Until until, std::string_view& written);
    bool flush_encoder();
    void put_answer(std::string_view head, std::string_view body);
    bool request_sent() const { return up_.done && up_out_.empty(); }

    Session& session_;
    Request& request_;
    Wire& client_;
    Wire& worker_;
    Upstream& upstream_;

    BodyReader up_;
    Outgoing up_out_;
    std::uint64_t up_sent_ = 0;
    std::uint32_t body_start_ = 0;
    bool worker_deaf_ = false;  ///< it takes no more of the request; it may still answer

    Buffer& down_in_;
    BodyReader down_;
    Outgoing down_out_;
    AnswerFraming framing_;
    std::unique_ptr<Encoder> encoder_;
    std::string_view raw_;    ///< of the body, in down_in_: what the encoder has not taken yet
    Buffer encoded_;
    bool unflushed_ = false;  ///< the encoder keeps bytes back
    bool down_done_ = false;  ///< the whole body is queued
    bool answer_begun_ = false;  ///< a byte of a final answer may have gone to the client
    bool worker_keeps_ = false;  ///< the worker's connection outlives this answer
    std::optional<StreamCount> event_stream_;
    bool scanned_ = true;        ///< nothing new in down_in_ since the last scan
    int interim_ = 0;
    Clock::time_point progress_;
    bool tunnel_ = false;
};

bool Exchange::fail(unsigned status, const char* why) {
    if (answer_begun_) {
        // Too late for words: whoever reads must see that the rest is missing.
        if (framing_.framing == Framing::until_close) client_.reset_on_close();
        return decide(Forwarded::cut);
    }
    request_.status = status;
    request_.why = why;
    return decide(Forwarded::failed);
}

bool Exchange::refuse(LimitHit limit, unsigned status, const char* why) {
    request_.limit = limit;
    return fail(status, why);
}

/// The worker's connection ended or broke before a complete answer.
bool Exchange::lose_worker() {
    const bool untouched = !answer_begun_ && down_in_.empty() && interim_ == 0;
    const bool repeatable = up_sent_ == 0 || (request_.idempotent && !request_.has_body());
    if (untouched && repeatable && (may_retry || upstream_.reused)) {
        session_.in.begin = body_start_ - static_cast<std::uint32_t>(request_.head_size);
        return decide(upstream_.reused ? Forwarded::stale : Forwarded::retry);
    }
    return fail(502, "The tenant's worker closed the connection without a complete answer");
}

void Exchange::start(std::string_view head) {
    progress_ = session_.loop.now;
    request_.bytes_in = 0;  // of a try before
    session_.in.begin += static_cast<std::uint32_t>(request_.head_size);
    body_start_ = session_.in.begin;
    up_.start(request_.framing, request_.content_length);
    // Chunks are decoded in place, which a retry could not undo: they follow once the head has left.
    if (request_.framing == Framing::chunked) {
        up_out_.put(head, {});
    } else {
        const auto body = up_.take(session_.in);
        request_.bytes_in = body.size();
        up_out_.put(head, body);
    }
    const auto moved = up_out_.flush(worker_);
    up_sent_ = moved.bytes;
    if (moved.io == Wire::Io::failed) lose_worker();
}

bool Exchange::pump_up() {
    for (int received = 0;;) {
        if (!up_out_.empty()) {
            if (!worker_.may_write()) return true;
            const auto moved = up_out_.flush(worker_);
            up_sent_ += moved.bytes;
            if (moved.io == Wire::Io::would_block) return true;
            progress_ = session_.loop.now;
            if (moved.io == Wire::Io::failed) {
                worker_deaf_ = true;
                up_out_.clear();
                worker_.readable();  // what it said before it closed, or its end
            }
            if (!up_out_.empty()) continue;
        }
        if (worker_deaf_) return true;
        if (up_.done) return watch_client(session_) || decide(Forwarded::cut);

        const auto body = up_.take(session_.in);
        if (up_.failed()) return fail(400, "The request's body is not chunked as it should be");
        request_.bytes_in += body.size();
        if (request_.bytes_in > request_.tenant->limits.body_bytes) return refuse(LimitHit::body, 413, "The request's body is larger than this tenant allows");
        if (!body.empty() || up_.done) {
            if (request_.framing == Framing::chunked) up_out_.put_chunk({}, body, up_.done);
            else up_out_.put({}, body);
            continue;
        }
        if (session_.client_eof) return fail(400, "The request's body ended early");
        // What is left to read is announced again when arm() asks for it.
        if (!client_.may_read() || ++received > k_receives_per_turn) return true;
        session_.in.begin = session_.in.end = 0;
        const auto moved = client_.receive(session_.in.storage.get(), k_buffer_bytes);
        if (moved.io == Wire::Io::failed) return decide(Forwarded::cut);
        if (moved.io == Wire::Io::closed) session_.client_eof = true;
        session_.in.end = static_cast<std::uint32_t>(moved.bytes);
        progress_ = session_.loop.now;
    }
}

/// Decides how the answer goes on to this client and queues its head together with what is there of its body.
bool Exchange::start_answer() {
    const auto& head = session_.loop.answer_head;
    request_.status = head.status;
    request_.answered = session_.loop.now;
    worker_keeps_ = head.keep_alive;
    down_.start(head.framing, head.content_length);
    framing_.framing = head.framing;
    bool to_the_end = false;
    if (head.framing == Framing::chunked || head.framing == Framing::until_close) {
        to_the_end = request_.style.old_client;
        framing_.framing = to_the_end ? Framing::until_close : Framing::chunked;
    }
    choose_coding(to_the_end);
    framing_.close = !request_.style.keep_alive || to_the_end || !request_sent() || session_.loop.draining ||
                     (session_.client_eof && session_.in.empty());
    framing_.say_keep_alive = request_.style.old_client;
    if (const auto* type = head.find(http::FieldName::content_type))
        if (type->value.size() >= 17 && http::same_token(type->value.substr(0, 17), "text/event-stream")) {
            event_stream_.emplace(*request_.tenant->gate);
            session_.lives_on = request_.tenant->limits.tunnel_drain;
        }
    rewrite_answer(head, framing_, false, request_.prefix(), session_.loop.scratch);
    down_in_.begin += static_cast<std::uint32_t>(head.size);
    const auto body = down_.take(down_in_);
    if (down_.failed()) return fail(502, "The tenant's worker sent an invalid answer");
    answer_begun_ = true;
    std::string_view first = body;
    down_done_ = down_.done;
    if (encoder_) {
        raw_ = body;
        if (!encode(down_.done ? Encoder::Until::ended : Encoder::Until::full, first)) return false;
    }
    put_answer(session_.loop.scratch, first);
    return true;
}

/// A coding changes the length: like an answer whose length nobody knows.
void Exchange::choose_coding(bool& to_the_end) {
    const auto& head = session_.loop.answer_head;
    if (!request_.tenant->compression) return;
    framing_.coding.weak_tag = head.status == 304 && request_.weak_tag;
    framing_.coding.vary = may_encode(head);
    if (!framing_.coding.vary || request_.coding == Coding::identity) return;
    if (head.framing != Framing::none) {
        encoder_ = Encoder::make(request_.coding);
        if (!encoder_) return;
        to_the_end = request_.style.old_client;
        framing_.framing = to_the_end ? Framing::until_close : Framing::chunked;
    }
    framing_.coding.encoding = name(request_.coding);
}

/// `written` views encoded_, which is free because nothing is queued.
bool Exchange::encode(Encoder::Until until, std::string_view& written) {
    session_.loop.buffers.lend(encoded_);
    const auto before = raw_.size();
    bool done = false;
    const auto bytes = encoder_->run(raw_, encoded_.storage.get(), k_buffer_bytes, until, done);
    written = {encoded_.storage.get(), bytes};
    unflushed_ = until == Encoder::Until::full || !done;
    down_done_ = done && until == Encoder::Until::ended;
    if (bytes == 0 && !done && raw_.size() == before) return fail(502, "");
    return true;
}

/// Puts what is there of the body on its way. False: nothing is, or the exchange is decided.
bool Exchange::queue_body() {
    if (raw_.empty() && !down_.done) raw_ = down_.take(down_in_);
    if (down_.failed()) return fail(502, "");
    if (raw_.empty() && !down_.done) return false;
    std::string_view body = std::exchange(raw_, {});
    if (encoder_) {
        raw_ = body;
        if (!encode(down_.done ? Encoder::Until::ended : Encoder::Until::full, body)) return false;
        if (body.empty() && !down_done_) return true;  // it keeps them for later
    }
    down_done_ = encoder_ ? down_done_ : down_.done;
    put_answer({}, body);
    return true;
}

/// The worker pauses: whoever reads gets what it has said. False: there is nothing.
bool Exchange::flush_encoder() {
    if (!encoder_ || !unflushed_ || !answer_begun_ || down_.done) return false;
    std::string_view body;
    if (!encode(Encoder::Until::flushed, body) || body.empty()) return false;
    put_answer({}, body);
    return true;
}

void Exchange::put_answer(std::string_view head, std::string_view body) {
    request_.bytes_out += body.size();
    if (framing_.framing == Framing::chunked) down_out_.put_chunk(head, body, down_done_);
    else down_out_.put(head, body);
}

bool Exchange::read_answer_head() {
    auto& head = session_.loop.answer_head;
    const auto scan = http::scan_response(down_in_.view(), head, request_.style.head_only);
    scanned_ = true;
    if (scan.state == http::ScanResult::State::incomplete) return true;
    if (scan.state == http::ScanResult::State::invalid) return fail(502, "The tenant's worker sent an invalid answer");
    if (head.status >= 200) return start_answer();

    if (++interim_ > k_interim_max) return fail(502, "The tenant's worker sent too many interim answers");
    tunnel_ = head.status == 101;
    if (tunnel_ && !(request_.upgrade && head.upgrade_websocket)) return fail(502, "The tenant's worker switched protocols unasked");
    if (!request_.style.old_client) {
        rewrite_answer(head, {}, tunnel_, request_.prefix(), session_.loop.scratch);
        down_out_.put(session_.loop.scratch, {});
    }
    down_in_.begin += static_cast<std::uint32_t>(head.size);
    scanned_ = down_in_.empty();
    if (tunnel_) {
        answer_begun_ = true;
        request_.status = 101;
    }
    return true;
}

bool Exchange::pump_down() {
    for (int received = 0;;) {
        if (!down_out_.empty()) {
            if (!client_.may_write()) return true;
            const auto moved = down_out_.flush(client_);
            if (moved.io == Wire::Io::would_block) return true;
            if (moved.io == Wire::Io::failed) return decide(Forwarded::cut);
            progress_ = session_.loop.now;
            if (!down_out_.empty()) continue;
        }
        if (tunnel_) return decide(Forwarded::tunnel);
        if (answer_begun_) {
            if (down_done_) {
                finish();
                return false;
            }
            if (queue_body()) continue;
            if (decided) return false;
            down_in_.begin = down_in_.end = 0;
        } else if (!scanned_) {
            if (!read_answer_head()) return false;
            continue;
        }
        if (!worker_.may_read()) {
            if (flush_encoder()) continue;
            return !decided;
        }
        if (++received > k_receives_per_turn) return true;
        session_.loop.buffers.lend(down_in_);
        const auto moved = worker_.receive(down_in_.storage.get() + down_in_.end, down_in_.room());
        if (moved.io == Wire::Io::would_block) continue;
        if (moved.io != Wire::Io::done) {
            if (answer_begun_ && down_.framing == Framing::until_close && moved.io == Wire::Io::closed) {
                down_.done = true;
                continue;
            }
            return lose_worker();
        }
        down_in_.end += static_cast<std::uint32_t>(moved.bytes);
        scanned_ = false;
        progress_ = session_.loop.now;
    }
}

milliseconds Exchange::arm() {
    const auto& limits = request_.tenant->limits;
    if (!up_out_.empty()) worker_.want_write();
    else if (!up_.done && !worker_deaf_) client_.want_read();
    if (!down_out_.empty()) client_.want_write();
    else worker_.want_read();
    auto longest = limits.body_timeout;
    if (answer_begun_ && event_stream_ && down_out_.empty()) longest = limits.tunnel_idle;
    if (!answer_begun_ && request_sent()) longest = limits.answer_timeout;
    // Counted from the last byte that moved: other news, such as bytes sent ahead, prolong nothing.
    return std::chrono::duration_cast<milliseconds>(progress_ + longest - session_.loop.now);
}

void Exchange::expire() {
    if (!answer_begun_ && up_out_.empty() && !up_.done) refuse(LimitHit::body_timeout, 408, "The request's body did not come in time");
    else refuse(LimitHit::answer_timeout, 504, "The tenant's worker did not answer in time");
}

void Exchange::finish() {
    // A worker that said more than its answer, or has not had the whole request, is not in step with us any more.
    const bool in_step = worker_keeps_ && request_sent() && down_in_.empty() && !worker_deaf_;
    if (!in_step) upstream_.wire.reset();
    decide(framing_.close || !up_.done ? Forwarded::close : Forwarded::keep);
}

}  // namespace

Task<Forwarded> forward(Session& session, Request& request, Upstream& upstream, bool may_retry, Buffer& behind) {
    Exchange exchange{session, request, upstream, behind};
    exchange.may_retry = may_retry;
    upstream.wire->tell(&session.sleeper);
    exchange.start(session.loop.scratch);
    while (!exchange.decided && exchange.pump_up() && exchange.pump_down()) {
        const auto wake = co_await session.pause(exchange.arm());
        if (wake == Wake::aborted) break;
        if (wake == Wake::expired) exchange.expire();
    }
    exchange.give_back();
    session.lives_on.reset();
    co_return exchange.outcome;
}

}  // namespace mt::gateway
