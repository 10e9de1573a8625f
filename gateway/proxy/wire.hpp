#pragma once
#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <string_view>

#include "gateway/proxy/reactor.hpp"
#include "gateway/proxy/task.hpp"

namespace mt::gateway {

class WireLayer;

/// A connected socket on a loop. Reading and writing are plain system calls that never block; only when one would is its
/// readiness awaited, through the listener. One thread.
class Wire final : Reactor::Source {
public:
    enum class Io : unsigned char { done, would_block, closed, failed };
    struct Moved {
        Io io;
        std::size_t bytes = 0;
    };
    struct Abandon {
        void operator()(Wire* wire) const { wire->abandon(); }
    };
    using Ptr = std::unique_ptr<Wire, Abandon>;

    /// `accepted`: the other end connected and may have sent something; `connected`: it speaks when it is spoken to; `connecting`:
    /// connect(2) goes on. want_write() tells its end, is_connected() how it ended.
    enum class End : unsigned char { accepted, connected, connecting };
    /// Takes the descriptor, which is non-blocking. Empty: the system refuses to watch it, and it was closed.
    static Ptr make(Reactor& reactor, int fd, End end);
    /// A wire without a socket of its own: its layer is all there is, and calls announce() when it has news.
    static Ptr make_detached(Reactor& reactor);
    bool has_socket() const { return fd_ >= 0; }

    Moved receive(char* to, std::size_t bytes) { return layer_ ? through_layer(to, bytes) : receive_plain(to, bytes); }
    Moved send(const iovec* parts, int count) { return layer_ ? through_layer(parts, count) : send_plain(parts, count); }
    bool is_connected() const;
    /// The other end sees an orderly end behind what was sent.
    void shutdown_send();
    /// The same where the protocol has a word for it and closing alone would look like a cut; costs a plain socket nothing.
    void say_end();
    /// Closing sends a reset, so that a body without framing of its own looks cut.
    void reset_on_close();

    /// False: the last call said would_block, or took everything there was; want_…() and wait for news.
    bool may_read() const { return may_read_; }
    bool may_write() const { return may_write_; }
    /// Each leads to one piece of news; asking again before it comes is free.
    void want_read();
    void want_write();
    /// Nothing will be written for a while.
    void rest();
    /// Who gets the news; null: nobody.
    void tell(Listener* listener) { listener_ = listener; }
    void readable() { may_read_ = true; }
    void not_readable() { may_read_ = false; }
    void not_writable() { may_write_ = false; }
    /// There may be something to read, and room to write. Whoever waits hears of it after this turn's others.
    void announce();
    /// Open, and nothing to read: what a resting connection should be. A system call only if there was news.
    bool is_quiet();

    /// From now on every byte goes through the layer; null takes it away again.
    void put_layer(std::unique_ptr<WireLayer> layer);
    WireLayer* layer() const { return layer_.get(); }
    /// What moves on the socket itself: for layers.
    Moved receive_plain(char* to, std::size_t bytes);
    Moved send_plain(const iovec* parts, int count);

private:
    Wire(Reactor& reactor, int fd, End end);
    ~Wire();
    Moved through_layer(char* to, std::size_t bytes);
    Moved through_layer(const iovec* parts, int count);
    void ready(std::uint32_t events) override;
    void ask_again();
    void abandon();

    Reactor& reactor_;
    Listener* listener_ = nullptr;
    std::unique_ptr<WireLayer> layer_;
    int fd_;
    bool may_read_, may_write_;
    bool wants_read_ = false, wants_write_ = false;
    bool watches_write_ = false;
    bool hung_up_ = false;  ///< the other end said its last; no further edge will tell of the end itself
    bool queued_ = false;   ///< for Reactor::again
};

/// What stands between a socket and the bytes that HTTP is written in. A plain connection has none, and pays one comparison per
/// system call for that. Wire's flags then speak of the layer's bytes, not of the socket's.
class WireLayer {
public:
    enum class Opening : unsigned char { done, http2, wants_read, wants_write, failed, not_spoken };

    virtual ~WireLayer() = default;
    /// Goes on with what comes before the first byte. `http2`: done, and the client speaks that; `not_spoken`: it speaks plain HTTP.
    virtual Opening open() = 0;
    virtual Wire::Moved receive(char* to, std::size_t bytes) = 0;
    virtual Wire::Moved send(const iovec* parts, int count) = 0;
    virtual void say_end() = 0;
    /// Complete header lines about the client's certificate, or empty.
    virtual std::string_view certificate_fields() const = 0;
};

}  // namespace mt::gateway
