#include "tests/component/proxy/http2_peer.hpp"

#include <algorithm>

namespace mt::gateway::test {

namespace {

unsigned read_number(const std::string& bytes, std::size_t at, std::size_t count) {
    unsigned value = 0;
    for (std::size_t i = at; i < at + count && i < bytes.size(); ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
}

}  // namespace

unsigned Frame::error() const { return read_number(payload, type == k_goaway ? 4 : 0, 4); }

std::string number(unsigned value) {
    return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string frame(int type, int flags, int stream, const std::string& payload) {
    return number(static_cast<unsigned>(payload.size())).substr(1) + static_cast<char>(type) + static_cast<char>(flags) +
           number(static_cast<unsigned>(stream)) + payload;
}

std::string literal(const std::string& name, const std::string& value) {
    const auto length = [](std::size_t size) {
        if (size < 127) return std::string(1, static_cast<char>(size));
        std::string text(1, '\x7f');
        for (size -= 127; size >= 128; size >>= 7) text += static_cast<char>(size | 0x80);
        return text + static_cast<char>(size);
    };
    return std::string(1, '\0') + length(name.size()) + name + length(value.size()) + value;
}

std::string request_block(const std::string& method, const std::string& more) {
    return literal(":method", method) + literal(":scheme", "https") + literal(":path", "/foo/x") + literal(":authority", "h.test") + more;
}

Frame Http2Peer::next() {
    const auto head = peer.bytes(9);
    if (head.size() < 9) return {};
    Frame got{static_cast<unsigned char>(head[3]), static_cast<unsigned char>(head[4]), static_cast<int>(read_number(head, 5, 4)), {}};
    got.payload = peer.bytes(read_number(head, 0, 3));
    if (got.type == k_data) bodies[got.stream] += got.payload;
    return got;
}

Frame Http2Peer::wait(int type, int stream) {
    for (;;) {
        auto got = next();
        if (got.type == -1 || (got.type == type && (stream == 0 || got.stream == stream))) return got;
    }
}

bool Http2Peer::upload(int stream, std::size_t bytes) {
    long window = 65535, whole = 65535;  // of the stream and of the connection
    while (bytes > 0) {
        if (const auto most = std::min({window, whole, 16'000L, static_cast<long>(bytes)}); most > 0) {
            if (!send(frame(k_data, 0, stream, std::string(static_cast<std::size_t>(most), 'u')))) return false;
            window -= most;
            whole -= most;
            bytes -= static_cast<std::size_t>(most);
            continue;
        }
        const auto got = next();
        if (got.type == -1) return false;
        if (got.type == k_window_update) (got.stream == 0 ? whole : window) += static_cast<long>(got.error());
        if (got.type == k_rst_stream && got.stream == stream) {
            reset_by = got.error();
            return false;
        }
    }
    return true;
}

bool Http2Peer::wait_answer(int stream) {
    for (;;) {
        const auto got = next();
        if (got.type == -1 || (got.type == k_rst_stream && got.stream == stream)) return false;
        const bool carries = got.type == k_data || got.type == k_headers;
        if (carries && got.stream == stream && (got.flags & k_end_stream) != 0) return true;
    }
}

}  // namespace mt::gateway::test
