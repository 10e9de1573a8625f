#pragma once
#include <memory>
#include <optional>
#include <string>

#include "gateway/proxy/encoder.hpp"
#include "gateway/proxy/loop.hpp"
#include "gateway/proxy/own_answers.hpp"
#include "gateway/proxy/prefix.hpp"
#include "gateway/proxy/rate_limit.hpp"
#include "gateway/proxy/trace_context.hpp"

namespace mt::gateway {

enum class Wake : std::uint8_t { news, expired, aborted };

/// One client connection and the coroutine that serves it. Idle it is this object, one small frame and no buffer.
class Session {
public:
    /// Runs until the connection ends; then the session frees itself.
    static void start(Loop& loop, Wire::Ptr client, std::string peer);
    ~Session();

    Loop& loop;
    Wire::Ptr client;
    Buffer in;         ///< bytes of the client not used yet
    std::string peer;  ///< its IP address
    bool trusted;      ///< the peer is a proxy of ours: what it says of its client is believed
    Sleeper sleeper;
    Clock::time_point deadline = Clock::time_point::max();
    bool expired = false;     ///< set by the sweep, cleared by pause()
    bool client_eof = false;  ///< it sends nothing more; it may still read
    bool idle = false;        ///< between two requests
    bool aborted = false;     ///< set by the sweep: its time is up, and it ends at its next step
    /// Of a stream: for how long it may live on once another process has taken over. Nothing: it has the time of a
    /// request.
    std::optional<std::chrono::milliseconds> lives_on;
    std::size_t index = 0;    ///< in the loop's list

    /// Waits for news, at most until `longest` from now. Arm the wires before.
    auto pause(Clock::duration longest);

private:
    Session(Loop& owner, Wire::Ptr wire, std::string address);
    static struct Detached run(std::unique_ptr<Session> self);

    enum class Poll : std::uint8_t { complete, refused, wait, ended };
    Poll poll_head();
    Task<WireLayer::Opening> open();
    Task<bool> refuse(unsigned status, const char* why);

    unsigned refused_status_ = 0;
    const char* refused_why_ = "";
};

inline auto Session::pause(Clock::duration longest) {
    struct Pause {
        Session& self;
        decltype(self.sleeper.sleep()) wait;
        bool await_ready() { return wait.await_ready(); }
        void await_suspend(std::coroutine_handle<> who) { wait.await_suspend(who); }
        Wake await_resume() {
            wait.await_resume();
            self.deadline = Clock::time_point::max();
            if (self.loop.aborting || self.aborted) return Wake::aborted;
            return std::exchange(self.expired, false) ? Wake::expired : Wake::news;
        }
    };
    expired = false;
    deadline = loop.now + longest;
    return Pause{*this, sleeper.sleep()};
}

/// What of a request's head outlives a wait.
struct Request {
    AnswerStyle style;
    bool idempotent = false;
    bool upgrade = false;
    http::Framing framing = http::Framing::none;
    std::uint64_t content_length = 0;
    std::size_t head_size = 0;
    bool client_keeps = false;  ///< it did not ask for the connection to end
    std::string request_id;
    std::shared_ptr<const TenantEntry> tenant;
    bool by_host = false;  ///< the tenant was found by the Host field
    std::string host, forwarded_host, outer_prefix;  ///< for references in the answer: see Prefix
    unsigned depth = 0;
    bool bare = false;
    unsigned status = 0;  ///< of the answer
    // What is recorded of it
    Clock::time_point began, entered, answered;  ///< head read, handed to a worker, head of the worker's answer; unset: not reached
    std::uint64_t bytes_in = 0, bytes_out = 0;   ///< of the bodies
    Clock::duration cold{0};                     ///< of the time until `entered`: waiting for a process to start
    std::unique_ptr<AccessNote> note;            ///< only if somebody reads it
    TraceContext trace;
    // What of its head decides about compression
    Coding coding = Coding::identity;  ///< of ours, what the client likes best
    bool weak_tag = false;
    // For an answer of ours
    const char* why = "";  ///< a literal, or a text of `tenant`
    unsigned retry_after_s = 0;
    Exceeded exceeded = Exceeded::nothing;
    LimitHit limit = LimitHit::none;  ///< that refused it

    bool whole() const { return by_host || !tenant->strip_prefix; }
    Prefix prefix() const {
        return {outer_prefix, whole() ? std::string_view{} : tenant->id.str(), host, forwarded_host, depth, bare};
    }
    bool has_body() const { return framing == http::Framing::chunked || content_length > 0; }
};

/// The page to read first. The loop's request_head holds the scanned head, session.in its bytes. False: the connection ends.
Task<bool> handle_request(Session& session);

/// Counts the request and writes its line. Once, when its answer has gone or nothing more can be done.
void record(Session& session, const Request& request);

/// Sends all of it, or fails (false) when the client does not take it.
Task<bool> send_answer(Session& session, const OwnAnswer& answer);

/// Lets the client read what we sent: closing with its bytes unread would reset the connection under our answer.
Task<bool> linger(Session& session);

/// Reads the head in session.in again into the loop's request_head: after a wait another session has used it.
void rescan(Session& session);

}  // namespace mt::gateway
