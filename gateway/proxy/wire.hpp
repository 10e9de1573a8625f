#pragma once
#include <sys/uio.h>

#include <cstddef>
#include <memory>

#include "gateway/proxy/reactor.hpp"
#include "gateway/proxy/task.hpp"

namespace mt::gateway {

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

    Moved receive(char* to, std::size_t bytes);
    Moved send(const iovec* parts, int count);
    bool is_connected() const;
    void shutdown_send();
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
    /// Open, and nothing to read: what a resting connection should be. A system call only if there was news.
    bool is_quiet();

private:
    Wire(Reactor& reactor, int fd, End end) : reactor_(reactor), fd_(fd), may_read_(end == End::accepted), may_write_(end != End::connecting) {}
    ~Wire() = default;
    void ready(std::uint32_t events) override;
    void ask_again();
    void abandon();

    Reactor& reactor_;
    Listener* listener_ = nullptr;
    int fd_;
    bool may_read_, may_write_;
    bool wants_read_ = false, wants_write_ = false;
    bool watches_write_ = false;
    bool hung_up_ = false;  ///< the other end said its last; no further edge will tell of the end itself
    bool queued_ = false;   ///< for Reactor::again
};

}  // namespace mt::gateway
