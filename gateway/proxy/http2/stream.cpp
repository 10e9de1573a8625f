#include "gateway/proxy/http2/stream.hpp"

#include <algorithm>
#include <charconv>

#include "gateway/proxy/http2/frames.hpp"

namespace mt::gateway {

namespace {

constexpr std::size_t k_chunk_bytes = 32u << 10;
constexpr std::size_t k_out_bytes = 64u << 10;  ///< of an answer, waiting for frames

/// Puts what frames the next body bytes, or their end, into stream.text.
void frame_body(Http2Stream& stream) {
    if (!stream.chunked) return;
    if (!stream.body.empty()) {
        stream.chunk_left = std::min(stream.body.size(), k_chunk_bytes);
        char size[16];
        const auto end = std::to_chars(size, size + sizeof size, stream.chunk_left, 16).ptr;
        stream.text.append(size, end).append("\r\n");
    } else if (stream.request_ended && !stream.end_told) {
        stream.end_told = true;
        stream.text.append("0\r\n\r\n");
    }
}

}  // namespace

Http2Stream::~Http2Stream() {
    if (layer) layer->lose();
}

Http2Layer::Http2Layer(Wire& wire, Http2Stream& stream, std::shared_ptr<const std::string> certificate_fields)
    : wire_(wire), stream_(&stream), certificate_fields_(std::move(certificate_fields)) {
    stream.layer = this;
}

Http2Layer::~Http2Layer() {
    if (!stream_) return;
    stream_->layer = nullptr;
    stream_->frames.abandoned(*stream_);
}

void Http2Layer::lose() {
    stream_ = nullptr;
    wire_.announce();
}

void Http2Layer::announce() { wire_.announce(); }

Wire::Moved Http2Layer::receive(char* to, std::size_t bytes) {
    if (!stream_) return {answered_ ? Wire::Io::closed : Wire::Io::failed};
    auto& stream = *stream_;
    std::size_t total = 0;
    while (total < bytes) {
        if (!stream.text.empty()) {
            const auto count = stream.text.copy(to + total, bytes - total);
            stream.text.erase(0, count);
            total += count;
            continue;
        }
        const auto available = stream.chunked ? stream.chunk_left : stream.body.size();
        if (available > 0) {
            const auto count = stream.body.take(to + total, std::min(bytes - total, available));
            total += count;
            stream.frames.consumed(stream, count);
            if (stream.chunked && (stream.chunk_left -= count) == 0) stream.text = "\r\n";
            continue;
        }
        frame_body(stream);
        if (stream.text.empty()) break;
    }
    if (total > 0) return {Wire::Io::done, total};
    if (answered_) return {Wire::Io::closed};  // nothing follows on a stream
    wire_.not_readable();
    return {Wire::Io::would_block};
}

Wire::Moved Http2Layer::send(const iovec* parts, int count) {
    if (!stream_) return {Wire::Io::failed};
    auto& stream = *stream_;
    std::size_t total = 0;
    for (; count > 0; ++parts, --count) {
        if (stream.out.size() >= k_out_bytes) break;
        const std::string_view whole{static_cast<const char*>(parts->iov_base), parts->iov_len};
        const auto part = whole.substr(0, std::max(k_out_bytes - stream.out.size(), std::size_t{1024}));
        if (!stream.frames.answer(stream, part)) return {Wire::Io::failed, total};
        total += part.size();
        if (part.size() < whole.size()) break;
    }
    if (stream.answer && stream.answer->ended()) {
        answered_ = true;
        wire_.readable();
    }
    if (total > 0) return {Wire::Io::done, total};
    wire_.not_writable();
    return {Wire::Io::would_block};
}

}  // namespace mt::gateway
