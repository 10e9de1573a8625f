#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/files.hpp"

namespace mt::app::rest {

namespace asio = boost::asio;

/// One end of a SOCK_SEQPACKET pair: whole packets in order, each with at most one descriptor. Never blocks and never piles up: whoever
/// does not read loses the link. Loop thread only. Shared by its owner and its pending operations.
class PacketLink : public std::enable_shared_from_this<PacketLink> {
public:
    static constexpr std::size_t k_waiting_bytes_max = 1u << 20;

    /// `on_packet` gets a view that lives for the call, and the descriptor that came along, if one did. `on_end` is called once: the
    /// other end has closed, is gone, or has fallen too far behind. `on_flushed` is called whenever nothing waits any more.
    struct Callbacks {
        std::function<void(std::string_view packet, Fd passed)> on_packet;
        std::function<void()> on_end;
        std::function<void()> on_flushed;
    };
    static std::shared_ptr<PacketLink> open(asio::io_context& io, Fd fd, Callbacks callbacks);
    PacketLink(asio::io_context& io, Fd fd, Callbacks callbacks);

    /// `passed` stays the caller's: the other end gets a duplicate. False if it will not be heard.
    bool send(std::string packet, int passed = -1);
    bool flushed() const { return waiting_.empty(); }
    bool ended() const { return !descriptor_.is_open(); }
    /// Calls nothing any more.
    void close();

private:
    enum class Put { done, full, unheard, failed };
    struct Waiting {
        std::string packet;
        Fd passed;
    };
    Put put(const std::string& packet, int passed);
    void receive();
    bool receive_one();
    void write_later();
    void end();

    asio::posix::stream_descriptor descriptor_;
    Callbacks callbacks_;
    std::deque<Waiting> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::string packet_;
};

}  // namespace mt::app::rest
