#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.hpp"
#include "base/result.hpp"

namespace mt::gateway {

/// What one gateway tells another while it hands over or afterwards (docs/decisions/0012-restart-by-handover.md has the
/// list): a word, what belongs to it, and perhaps a descriptor.
struct HandoverRecord {
    std::string word, text;
    int passed = -1;  ///< borrowed, of one to be sent
    Fd received;      ///< of one that came

    /// `text` as a number; 1 if it is none, which is a failure's exit code.
    int number() const;
};

enum class Sent { yes, full, gone };
enum class Received { record, nothing, end };

/// Two ends of a SOCK_SEQPACKET connection: a record comes whole, and the end of either process is seen by the other.
Result<std::pair<Fd, Fd>> make_handover_link();
/// Never waits. `full`: it takes one more when it can be written to.
Sent send_record(int link, const HandoverRecord& record);
/// Never waits.
Received receive_record(int link, HandoverRecord& record);

/// One end of such a connection in an event loop, on the loop's thread.
class HandoverLink {
public:
    /// `io` outlives the object.
    HandoverLink(boost::asio::io_context& io, Fd end) : end_(io, end.release()) {}
    HandoverLink(const HandoverLink&) = delete;
    HandoverLink& operator=(const HandoverLink&) = delete;

    /// From now on each record goes to `record`, and the other process's end to `gone`, once. They may destroy the
    /// object.
    void listen(std::function<void(HandoverRecord)> record, std::function<void()> gone);
    /// Reads nothing more until listen(): what comes stays in the queue, for us or for whoever gets the descriptor.
    void pause();
    /// What does not fit or find anybody is lost: the queue has room for hundreds, and who is gone needs no telling.
    void say(const std::string& word, const std::string& text = {});

    int descriptor() { return end_.native_handle(); }
    boost::asio::posix::stream_descriptor& stream() { return end_; }

private:
    void wait();

    boost::asio::posix::stream_descriptor end_;
    std::function<void(HandoverRecord)> record_;
    std::function<void()> gone_;
    std::shared_ptr<bool> listening_;  ///< one per listen(): an answer to a wait from before is none of ours
};

}  // namespace mt::gateway
