#include "gateway/handover_link.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <charconv>

#include "base/pass_descriptor.hpp"

namespace mt::gateway {

namespace {
constexpr std::size_t k_record_bytes_max = 32u << 10;
}

int HandoverRecord::number() const {
    int value = 1;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

Result<std::pair<Fd, Fd>> make_handover_link() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return errno_error("make a link between gateways");
    return std::pair{Fd{ends[0]}, Fd{ends[1]}};
}

Sent send_record(int link, const HandoverRecord& record) {
    const auto bytes = record.word + " " + record.text;
    if (send_with_descriptor(link, bytes, record.passed) >= 0) return Sent::yes;
    return errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS ? Sent::full : Sent::gone;
}

Received receive_record(int link, HandoverRecord& record) {
    std::string room(k_record_bytes_max, '\0');
    record = {};
    const auto got = receive_with_descriptor(link, room.data(), room.size(), record.received);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Received::nothing;
    if (got <= 0) return Received::end;
    room.resize(static_cast<std::size_t>(got));
    const auto space = room.find(' ');
    record.word = room.substr(0, space);
    if (space != std::string::npos) record.text = room.substr(space + 1);
    return Received::record;
}

void HandoverLink::listen(std::function<void(HandoverRecord)> record, std::function<void()> gone) {
    record_ = std::move(record);
    gone_ = std::move(gone);
    listening_ = std::make_shared<bool>(true);
    wait();
}

void HandoverLink::pause() {
    listening_.reset();
    boost::system::error_code ignored;
    end_.cancel(ignored);
}

void HandoverLink::wait() {
    end_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [this, still = std::weak_ptr<bool>(listening_)](boost::system::error_code error) {
                        if (still.expired() || error) return;
                        HandoverRecord record;
                        const auto received = receive_record(descriptor(), record);
                        if (received != Received::end) wait();
                        else listening_.reset();
                        // Copies: the call may be the end of this object.
                        const auto on_record = record_;
                        const auto on_gone = gone_;
                        if (received == Received::record) on_record(std::move(record));
                        if (received == Received::end) on_gone();
                    });
}

void HandoverLink::say(const std::string& word, const std::string& text) {
    HandoverRecord record;
    record.word = word;
    record.text = text;
    send_record(descriptor(), record);
}

}  // namespace mt::gateway
