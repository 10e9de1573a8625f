#include "tenant-app/rest/packet_link.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "base/pass_descriptor.hpp"

namespace mt::app::rest {

std::shared_ptr<PacketLink> PacketLink::open(asio::io_context& io, Fd fd, Callbacks callbacks) {
    // The largest packet is what the send buffer holds; the kernel cuts this to what it allows.
    constexpr int room = 1 << 20;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    auto link = std::make_shared<PacketLink>(io, std::move(fd), std::move(callbacks));
    link->receive();
    return link;
}

PacketLink::PacketLink(asio::io_context& io, Fd fd, Callbacks callbacks)
    : descriptor_(io, fd.release()), callbacks_(std::move(callbacks)) {}

PacketLink::Put PacketLink::put(const std::string& packet, int passed) {
    if (send_with_descriptor(descriptor_.native_handle(), packet, passed) >= 0) return Put::done;
    if (errno == EAGAIN || errno == ENOBUFS) return Put::full;
    // It has closed its end, which says nothing against what it said before: that is still to be read.
    return errno == EPIPE || errno == ECONNRESET ? Put::unheard : Put::failed;
}

bool PacketLink::send(std::string packet, int passed) {
    if (ended()) return false;
    if (waiting_.empty()) {
        const auto done = put(packet, passed);
        if (done == Put::done) return true;
        if (done == Put::unheard) return false;
        if (done == Put::failed) {
            end();
            return false;
        }
    }
    Fd kept = passed < 0 ? Fd{} : Fd{::fcntl(passed, F_DUPFD_CLOEXEC, 0)};
    waiting_bytes_ += packet.size();
    if (waiting_bytes_ > k_waiting_bytes_max || (passed >= 0 && !kept)) {
        end();
        return false;
    }
    waiting_.push_back({std::move(packet), std::move(kept)});
    if (waiting_.size() == 1) write_later();
    return true;
}

void PacketLink::write_later() {
    descriptor_.async_wait(asio::posix::stream_descriptor::wait_write, [self = shared_from_this()](boost::system::error_code error) {
        if (error || self->ended()) return;
        while (!self->waiting_.empty()) {
            const auto& next = self->waiting_.front();
            const auto done = self->put(next.packet, next.passed.get());
            if (done == Put::full) return self->write_later();
            if (done == Put::failed) return self->end();  // what is unheard is dropped: reading tells of the end
            self->waiting_bytes_ -= next.packet.size();
            self->waiting_.pop_front();
        }
        if (self->callbacks_.on_flushed) self->callbacks_.on_flushed();
    });
}

void PacketLink::receive() {
    descriptor_.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](boost::system::error_code error) {
        if (error || self->ended()) return;
        // A few, then other work of the loop gets its turn.
        for (int i = 0; i < 16; ++i)
            if (!self->receive_one()) break;
        if (!self->ended()) self->receive();
    });
}

/// False: nothing is there, or the link has ended.
bool PacketLink::receive_one() {
    auto size = ::recv(descriptor_.native_handle(), nullptr, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
    // Said once by an end that closed with packets of ours unread; its own may still be here.
    if (size < 0 && errno == ECONNRESET) size = ::recv(descriptor_.native_handle(), nullptr, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (size <= 0) {
        end();
        return false;
    }
    packet_.resize(static_cast<std::size_t>(size));
    Fd passed;
    if (receive_with_descriptor(descriptor_.native_handle(), packet_.data(), packet_.size(), passed) != size) {
        end();
        return false;
    }
    callbacks_.on_packet(packet_, std::move(passed));
    return !ended();
}

void PacketLink::close() {
    boost::system::error_code ignored;
    descriptor_.close(ignored);
    waiting_.clear();
    waiting_bytes_ = 0;
}

void PacketLink::end() {
    if (ended()) return;
    close();
    callbacks_.on_end();
}

}  // namespace mt::app::rest
