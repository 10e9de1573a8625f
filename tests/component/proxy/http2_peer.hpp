#pragma once
#include <map>
#include <string>
#include <vector>

#include "tests/component/proxy/tls_peer.hpp"

namespace mt::gateway::test {

enum FrameType : int { k_data, k_headers, k_priority, k_rst_stream, k_settings, k_push_promise, k_ping, k_goaway, k_window_update, k_continuation };
enum FrameFlag : int { k_end_stream = 1, k_end_headers = 4 };

struct Frame {
    int type = -1;  ///< -1: the connection ended
    int flags = 0;
    int stream = 0;
    std::string payload;
    /// Of RST_STREAM and GOAWAY.
    unsigned error() const;
};

std::string frame(int type, int flags, int stream, const std::string& payload = {});
std::string number(unsigned value);  ///< 4 bytes, as in WINDOW_UPDATE
/// A field as HPACK's literal without indexing: what any client may send.
std::string literal(const std::string& name, const std::string& value);
/// The block of a request for /foo/x, and more fields.
std::string request_block(const std::string& method = "GET", const std::string& more = {});

/// An HTTP/2 client that writes its frames by hand.
class Http2Peer {
public:
    explicit Http2Peer(TlsPeer peer_) : peer(std::move(peer_)) { send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(k_settings, 0, 0)); }
    bool send(const std::string& bytes) { return peer.send(bytes); }
    Frame next();
    /// The next frame of that type (and stream, if above 0); others are passed over, their DATA kept. Type -1 at the end.
    Frame wait(int type, int stream = 0);
    /// Waits for the end of a stream's answer. Its DATA is in `bodies`.
    bool wait_answer(int stream);

    /// Sends DATA as the stream's window allows. False: the stream was reset, with `reset_by` as the reason.
    bool upload(int stream, std::size_t bytes);

    TlsPeer peer;
    unsigned reset_by = 0;
    std::map<int, std::string> bodies;
};

}  // namespace mt::gateway::test
