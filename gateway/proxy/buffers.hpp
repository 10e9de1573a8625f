#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/http/chunked.hpp"
#include "base/http/head.hpp"
#include "gateway/proxy/wire.hpp"

namespace mt::gateway {

inline constexpr std::uint32_t k_buffer_bytes = 64u << 10;

/// Bytes that came and are not used yet. Borrows its storage from a BufferPool and gives it back while idle.
struct Buffer {
    std::unique_ptr<char[]> storage;
    std::uint32_t begin = 0, end = 0;

    std::string_view view() const { return {storage.get() + begin, end - begin}; }
    bool empty() const { return begin == end; }
    std::size_t room() const { return k_buffer_bytes - end; }
};

/// The 64 KiB buffers of one thread, last in first out, so that the few in use stay in the cache.
class BufferPool {
public:
    void lend(Buffer& buffer);
    /// Also forgets what is in it.
    void take_back(Buffer& buffer);

private:
    std::vector<std::unique_ptr<char[]>> free_;
};

/// Takes a body out of a buffer, piece by piece, whatever its framing.
struct BodyReader {
    http::Framing framing = http::Framing::none;
    std::uint64_t left = 0;  ///< for length
    http::ChunkedDecoder decoder;
    bool done = true;

    void start(http::Framing how, std::uint64_t length);
    /// All body bytes that are there, moved together inside the buffer: valid until it is filled again. `failed()` afterwards
    /// tells a broken chunk.
    std::string_view take(Buffer& from);
    bool failed() const { return decoder.failed(); }
};

/// What is on its way to a socket: up to four parts, sent by one system call.
class Outgoing {
public:
    /// `head` may be a per-thread buffer: what of it does not leave at once is copied.
    void put(std::string_view head, std::string_view body);
    /// The same with `body` as one chunk; `last` adds the end of the body.
    void put_chunk(std::string_view head, std::string_view body, bool last);

    bool empty() const { return head_.empty() && size_.empty() && body_.empty() && tail_.empty(); }
    void clear() { head_ = size_ = body_ = tail_ = {}; }
    Wire::Moved flush(Wire& wire);

private:
    std::string_view head_, size_, body_, tail_;
    char size_text_[12];
    std::string kept_;
};

}  // namespace mt::gateway
