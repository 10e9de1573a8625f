#pragma once
#include <sys/uio.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cstddef>
#include <memory>

#include "gateway/proxy/task.hpp"

namespace mt::gateway {

namespace asio = boost::asio;

/// A connected or listening socket on a loop. Reading and writing are plain system calls that never block; only when one would
/// is its readiness awaited, through the listener. One thread.
class Wire {
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

    /// Takes the descriptor, which is non-blocking.
    static Ptr make(asio::io_context& io, int fd);

    Moved receive(char* to, std::size_t bytes);
    Moved send(const iovec* parts, int count);
    void shutdown_send();
    /// Closing sends a reset, so that a body without framing of its own looks cut.
    void reset_on_close();
    int fd() { return fd_.native_handle(); }

    /// False: the last call said would_block, or took everything there was; want_…() and wait for news.
    bool may_read() const { return may_read_; }
    bool may_write() const { return may_write_; }
    /// Each leads to one piece of news; asking again before it comes is free.
    void want_read();
    void want_write();
    /// Who gets the news; null: nobody.
    void tell(Listener* listener) { listener_ = listener; }
    void readable() { may_read_ = true; }

private:
    Wire(asio::io_context& io, int fd) : fd_(io.get_executor(), fd) {}
    ~Wire() = default;
    /// Closes now and frees the object once no wait refers to it.
    void abandon();
    void woken(bool& armed, bool& may);

    asio::posix::basic_stream_descriptor<asio::io_context::executor_type> fd_;
    Listener* listener_ = nullptr;
    bool may_read_ = true, may_write_ = true;
    bool reading_ = false, writing_ = false;
    bool abandoned_ = false;
};

}  // namespace mt::gateway
