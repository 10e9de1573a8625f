#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "gateway/supervisor/program_place.hpp"
#include "gateway/supervisor/spare_workers.hpp"

namespace mt::gateway {

class Worker;

/// What happens to a worker, in the order: failed? ready? draining? exited. Called from the event loop, never from inside a
/// member of Worker.
class WorkerObserver {
public:
    virtual ~WorkerObserver() = default;
    virtual void worker_ready(Worker& worker) = 0;
    virtual void worker_draining(Worker& worker) = 0;
    virtual void worker_warning(Worker& worker, const std::string& text) = 0;
    /// The process is gone and reaped. Drops its owner's pointer to it.
    virtual void worker_exited(Worker& worker) = 0;
};

struct WorkerPlan {
    std::string program;
    std::vector<std::string> arguments, environment;
    std::string revision;
    int listener = -1;  ///< borrowed
    int log = -1;       ///< borrowed
    std::shared_ptr<ProgramPlace> place;  ///< of a `command` tenant's process; its listener is handed over
    Worker* replaces = nullptr;  ///< a ready worker of the same tenant: the two get a link, to move change streams over
};

/// One worker process, or the keeper of a `command` tenant's program (tenant-app/exec), which speaks the same lines: its
/// pidfd and its control channel (docs/ARCHITECTURE.md, "The worker's contract"). Callbacks rather than coroutines: it is a handful of independent events, each a few lines. Shared by its owner and its pending operations; destroying
/// it (or abandon()) kills the process.
class Worker : public std::enable_shared_from_this<Worker> {
public:
    using Clock = std::chrono::steady_clock;

    /// `observer` outlives the worker, or calls abandon().
    static Result<std::shared_ptr<Worker>> start(boost::asio::io_context& io, const WorkerPlan& plan, SpareWorkers& spares,
                                                 WorkerObserver& observer);
    Worker(boost::asio::io_context& io, Spawned process, Fd channel, const WorkerPlan& plan, WorkerObserver& observer);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    pid_t pid() const { return pid_; }
    /// Null of a worker of ours.
    const ProgramPlace* place() const { return place_.get(); }
    /// The process that serves: the keeper's program, or the worker itself.
    pid_t serving_pid() const { return program_ ? program_ : pid_; }
    const std::string& revision() const { return revision_; }
    Clock::time_point started() const { return started_; }
    /// Not before worker_ready.
    std::optional<Clock::time_point> ready() const { return ready_; }
    /// It has said so, or is gone: it accepts no more connections.
    bool has_drained() const { return draining_seen_; }
    void set_drained() { draining_seen_ = true; }
    /// What its `error` line said.
    const std::optional<Error>& error() const { return error_; }
    /// What its `isolation` line said: a JSON array, or empty.
    const std::string& isolation() const { return isolation_; }
    /// Of an exited worker: "exited with code 1", "was killed by SIGKILL".
    const std::string& ending() const { return ending_; }
    int exit_status() const { return exit_code_; }  ///< -1 if a signal ended it
    int signal() const { return signal_; }          ///< that ended it; 0 if none did

    /// Asks it to finish what it has; after `grace` TERM, after `term_grace` more KILL.
    void drain(std::chrono::milliseconds grace, std::chrono::milliseconds term_grace);
    /// Asks it to end its event streams, which would otherwise outlast every patience.
    void end_streams() { say("end-streams\n"); }
    /// TERM now, KILL after `term_grace`. A keeper passes the first on to its program's process group.
    void terminate(std::chrono::milliseconds term_grace);
    /// KILL now. A keeper is told to do that to all that its program has started, which nobody else could find.
    void kill();
    /// Kills it and tells nobody.
    void abandon();

private:
    void wait_for_exit();
    void read_lines();
    enum class Received { bytes, nothing, end };
    Received receive();
    void take_line(const std::string& line);
    bool reap(bool wait);
    bool say(std::string_view line, int passed = -1);
    void end_program();
    void kill_at_once();
    void signal_after(std::chrono::milliseconds wait, int number, std::chrono::milliseconds then);

    pid_t pid_, program_ = 0;
    std::shared_ptr<ProgramPlace> place_;
    std::string revision_;
    WorkerObserver* observer_;  ///< null once abandoned or exited
    boost::asio::posix::stream_descriptor process_, channel_;
    boost::asio::steady_timer timer_;
    std::array<char, 4096> chunk_{};
    std::string pending_;  ///< an unfinished line
    Clock::time_point started_ = Clock::now();
    std::optional<Clock::time_point> ready_;
    bool draining_seen_ = false, reaped_ = false;
    std::optional<Error> error_;
    std::string ending_, isolation_;
    int exit_code_ = -1, signal_ = 0;
};

}  // namespace mt::gateway
