#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/proxy/http2/allowance.hpp"
#include "gateway/proxy/http2/stream.hpp"

struct nghttp2_session;
struct nghttp2_session_callbacks;
struct nghttp2_frame_union;

namespace mt::gateway {

struct Http2Limits {
    std::size_t head_bytes = 16u << 10;
    std::uint32_t streams = 100;
    std::uint32_t connection_window = 512u << 10;  ///< bytes of all request bodies of a connection that wait for workers
};

/// The frames of one HTTP/2 connection, without its socket: nghttp2 and what we add to its checks. Bytes in by feed(), bytes out by
/// output(); requests come out as streams. What a client may do at our cost is bounded: streams, head sizes, windows, resets,
/// and frames that ask for nothing. One thread.
class Http2Frames {
public:
    using Clock = std::chrono::steady_clock;

    /// Hears of what feed() and the layers lead to. Called between two calls of nghttp2 only.
    class Owner {
    public:
        virtual void opened(Http2Stream& stream) = 0;
        /// output() may have something new.
        virtual void output_pending() = 0;

    protected:
        ~Owner() = default;
    };

    Http2Frames(Owner& owner, const Http2Limits& limits);
    ~Http2Frames();
    Http2Frames(const Http2Frames&) = delete;
    Http2Frames& operator=(const Http2Frames&) = delete;

    /// False: the client broke the protocol; send what output() still has and close.
    bool feed(std::string_view bytes, Clock::time_point now);
    /// Appends frames to `out` until it holds about `bytes_max`. False: nothing can be said any more.
    bool output(std::string& out, std::size_t bytes_max);
    /// No further streams; those that are open go on.
    void go_away();
    bool gone() const { return gone_; }
    /// Nothing is to be read or written any more.
    bool finished() const;
    /// Streams that nghttp2 knows, and of those the ones whose request is being served.
    std::size_t streams() const { return streams_.size(); }
    std::size_t served() const;

    // For layers.
    void consumed(Http2Stream& stream, std::size_t bytes);
    bool answer(Http2Stream& stream, std::string_view text);
    void abandoned(Http2Stream& stream);

private:
    struct Callbacks;
    friend struct Callbacks;
    Http2Stream* find(std::int32_t id);
    void submit_head(Http2Stream& stream, const http::Head& head);
    void request_complete(Http2Stream& stream, bool ended);
    void calm(Allowance& allowance);

    Owner& owner_;
    Http2Limits limits_;
    nghttp2_session* session_ = nullptr;
    std::map<std::int32_t, std::unique_ptr<Http2Stream>> streams_;
    std::vector<std::int32_t> opened_;
    Clock::time_point now_{};
    Allowance resets_{200, 20}, idle_frames_{500, 100};  // nghttp2 gives up at 1000, without a word
    bool flooded_ = false, gone_ = false;
};

}  // namespace mt::gateway
