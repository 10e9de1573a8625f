#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/files.hpp"
#include "base/http/head.hpp"

namespace mt::gateway {

struct AccessLogOptions {
    std::string file;  ///< empty: none is written
    bool json = false;
};

/// What of a request's head its line will say, copied because the line is written when the answer has gone. Targets and
/// referers lose what may be a credential: see masked_target.
struct AccessNote {
    std::string method, target, referer, user_agent;
    unsigned version_minor = 1;

    /// Of a head that could not be read: everything is "-".
    AccessNote() = default;
    explicit AccessNote(const http::Head& head);
};

struct AccessLine {
    std::string_view tenant, peer, request_id, trace_id, span_id;  ///< those that are empty are "-"
    unsigned status = 0;
    std::uint64_t bytes_in = 0, bytes_out = 0;  ///< of the two bodies, as they went over the client's connection
    std::chrono::microseconds total{0};         ///< from the whole head to the answer's last byte
    std::chrono::microseconds queue{0};         ///< of that, waiting for a worker or a place
    std::chrono::microseconds worker{0};        ///< from then until the head of the worker's answer
};

/// Appends one line, its LF included. Combined is NCSA's, followed by tenant, request id and the three durations in
/// seconds; JSON is one object. Bytes that are no printable ASCII are escaped, so that no client writes lines of its
/// own.
void put_combined(const AccessNote& note, const AccessLine& line, std::chrono::system_clock::time_point now, std::string& out);
void put_json(const AccessNote& note, const AccessLine& line, std::chrono::system_clock::time_point now, std::string& out);

/// The target with `…` in place of what may be a credential: the values of parameters whose names speak of tokens,
/// passwords, keys, secrets, codes or signatures, and the segment behind `accesstokens`.
std::string masked_target(std::string_view target);

/// One thread's end of the file: a buffer, written with whole lines in one call, so that threads do not tear each
/// other's.
class AccessLog {
public:
    bool on() const { return static_cast<bool>(file_); }
    /// Fails with failed. From then on lines go to this file; what the buffer holds went to the one before.
    Status open(const AccessLogOptions& options);
    void write(const AccessNote& note, const AccessLine& line);
    void flush();
    /// Something waits for flush().
    bool pending() const { return !buffer_.empty(); }
    /// Lines that the file did not take: a full disk, a pipe that nobody reads.
    std::uint64_t lost() const { return lost_; }

private:
    Fd file_;
    bool json_ = false;
    std::string buffer_;
    std::uint64_t lost_ = 0;
};

}  // namespace mt::gateway
