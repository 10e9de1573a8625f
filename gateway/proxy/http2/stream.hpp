#pragma once
#include <memory>
#include <string>

#include "gateway/proxy/http2/answer_text.hpp"
#include "gateway/proxy/http2/byte_queue.hpp"
#include "gateway/proxy/http2/request_text.hpp"
#include "gateway/proxy/wire.hpp"

namespace mt::gateway {

class Http2Frames;
class Http2Layer;

/// One request and its answer among the frames of a connection. Lives as long as nghttp2 knows the stream; whoever serves the
/// request holds a layer, which may end earlier (the answer waits for the client's window) or later (the client reset it).
struct Http2Stream {
    Http2Stream(Http2Frames& owner, std::int32_t number, std::size_t head_bytes) : frames(owner), id(number), request(head_bytes) {}
    ~Http2Stream();

    Http2Frames& frames;
    const std::int32_t id;
    RequestText request;
    Http2Layer* layer = nullptr;

    std::string text;              ///< of the request: what comes before the next body bytes
    ByteQueue body;                ///< that came and was not taken; the client's window bounds it
    std::size_t chunk_left = 0;
    bool chunked = false, has_head = false;
    bool request_ended = false;    ///< no more will come
    bool end_told = false;         ///< and the last chunk is in `text`

    std::unique_ptr<AnswerText> answer;
    ByteQueue out;                 ///< of the answer's body: not in a frame yet
    bool answer_submitted = false, answer_waits = false;  ///< `answer_waits`: nghttp2 asked for more and there was none

    std::size_t dropped = 0;       ///< bytes of the request that came and nobody wanted
};

/// A stream as a wire's layer: the session above reads an HTTP/1.1 request from it and writes an HTTP/1.1 answer to it.
class Http2Layer final : public WireLayer {
public:
    Http2Layer(Wire& wire, Http2Stream& stream, std::shared_ptr<const std::string> certificate_fields);
    ~Http2Layer() override;

    Opening open() override { return Opening::done; }
    Wire::Moved receive(char* to, std::size_t bytes) override;
    Wire::Moved send(const iovec* parts, int count) override;
    void say_end() override {}
    std::string_view certificate_fields() const override { return *certificate_fields_; }

    /// The stream is gone.
    void lose();
    /// There may be something to read, or room to write.
    void announce();

private:
    Wire& wire_;
    Http2Stream* stream_;
    bool answered_ = false;
    std::shared_ptr<const std::string> certificate_fields_;
};

}  // namespace mt::gateway
