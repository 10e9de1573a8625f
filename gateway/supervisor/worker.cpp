#include "gateway/supervisor/worker.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/control/document.hpp"
#include "base/json_file.hpp"
#include "base/pass_descriptor.hpp"
#include "base/signal_name.hpp"

namespace mt::gateway {

namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {
constexpr std::size_t k_line_bytes_max = 64u << 10;
constexpr milliseconds k_keeper_grace{2'000};  // for a keeper to kill what its program has started
}

Result<std::shared_ptr<Worker>> Worker::start(asio::io_context& io, const WorkerPlan& plan, SpareWorkers& spares, WorkerObserver& observer) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return errno_error("make a control channel");
    Fd ours{ends[0]};
    const Fd theirs{ends[1]};
    const Fd null{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    if (!null) return errno_error("open", "/dev/null");
    ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
    const int listener = plan.listener >= 0 ? plan.listener : null.get();
    SpawnRequest request{plan.program, plan.arguments, plan.environment,
                         {null.get(), plan.log, plan.log, listener, theirs.get()}};
    Fd link, successors_end;
    if (plan.replaces) {
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return errno_error("make a link between workers");
        link = Fd{ends[0]};
        successors_end = Fd{ends[1]};
        request.descriptors.push_back(successors_end.get());
    }
    // A keeper ends as its program does, and has no use for what a worker has loaded.
    MT_TRY(auto process, plan.place ? spawn(request) : spares.spawn(request));
    if (plan.replaces) plan.replaces->say("successor\n", link.get());
    auto worker = std::make_shared<Worker>(io, std::move(process), std::move(ours), plan, observer);
    if (plan.place) plan.place->hand_over_listener();
    worker->wait_for_exit();
    worker->read_lines();
    return worker;
}

Worker::Worker(asio::io_context& io, Spawned process, Fd channel, const WorkerPlan& plan, WorkerObserver& observer)
    : pid_(process.pid), place_(plan.place), revision_(plan.revision), observer_(&observer), process_(io, process.pidfd.release()),
      channel_(io, channel.release()), timer_(io) {}

Worker::~Worker() {
    if (place_) end_program();
    else kill();
    reap(true);
}

/// By the channel's end, and waits for the keeper to have ended everything; one that does not is ended with its program.
void Worker::end_program() {
    boost::system::error_code ignored;
    channel_.close(ignored);
    const auto until = Clock::now() + k_keeper_grace;
    while (!reap(false)) {
        if (Clock::now() >= until) return kill_at_once();
        std::this_thread::sleep_for(milliseconds{1});
    }
}

void Worker::wait_for_exit() {
    process_.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](boost::system::error_code error) {
        if (error || !self->observer_) return;
        if (!self->reap(false)) return self->wait_for_exit();
        // A keeper that was killed could not end the program's process group; one that ended has left none.
        if (self->program_) ::kill(-self->program_, SIGKILL);
        // Its last words first: an `error` line often is still in the channel.
        while (self->receive() == Received::bytes && self->pending_.size() <= k_line_bytes_max) {}
        for (std::size_t end; (end = self->pending_.find('\n')) != std::string::npos; self->pending_.erase(0, end + 1))
            if (self->pending_.starts_with("error ")) self->take_line(self->pending_.substr(0, end));
        boost::system::error_code ignored;
        self->channel_.close(ignored);
        self->timer_.cancel();
        self->draining_seen_ = true;
        if (auto* observer = std::exchange(self->observer_, nullptr)) observer->worker_exited(*self);
    });
}

/// Bytes are taken by us and not by Asio, which may have them in hand when the process's end is handled first.
Worker::Received Worker::receive() {
    auto got = ::recv(channel_.native_handle(), chunk_.data(), chunk_.size(), MSG_DONTWAIT);
    // Said once by an end that closed with lines of ours unread; its own may still be here.
    if (got < 0 && errno == ECONNRESET) got = ::recv(channel_.native_handle(), chunk_.data(), chunk_.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Received::nothing;
    if (got <= 0) return Received::end;
    pending_.append(chunk_.data(), static_cast<std::size_t>(got));
    return Received::bytes;
}

void Worker::read_lines() {
    channel_.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](boost::system::error_code error) {
        if (error || !self->observer_) return;
        if (self->receive() == Received::end) return;  // that of the process is seen on its pidfd
        for (std::size_t end; (end = self->pending_.find('\n')) != std::string::npos;) {
            const auto line = self->pending_.substr(0, end);
            self->pending_.erase(0, end + 1);
            self->take_line(line);
            if (!self->observer_) return;
        }
        if (self->pending_.size() > k_line_bytes_max) return self->kill();  // no worker of ours talks like that
        self->read_lines();
    });
}

void Worker::take_line(const std::string& line) {
    if (line == "ready" && !ready_) {
        ready_ = Clock::now();
        observer_->worker_ready(*this);
    } else if (line == "draining" && !draining_seen_) {
        draining_seen_ = true;
        observer_->worker_draining(*this);
    } else if (line.starts_with("error ")) {
        const auto object = parse_json(std::string_view{line}.substr(6));
        error_ = object.ok() ? error_from(*object) : Error{Errc::failed, line.substr(6)};
    } else if (line.starts_with("program ") && place_) {
        std::from_chars(line.data() + 8, line.data() + line.size(), program_);
    } else if (line.starts_with("isolation ")) {
        isolation_ = line.substr(10);
    } else if (line.starts_with("warning ")) {
        observer_->worker_warning(*this, line.substr(8));
    }
}

bool Worker::reap(bool wait) {
    if (reaped_) return true;
    int status = 0;
    pid_t got;
    while ((got = ::waitpid(pid_, &status, wait ? 0 : WNOHANG)) < 0 && errno == EINTR) {}
    if (got == 0) return false;
    reaped_ = true;
    if (got > 0 && WIFEXITED(status)) {
        exit_code_ = WEXITSTATUS(status);
        ending_ = "exited with code " + std::to_string(exit_code_);
    } else if (got > 0 && WIFSIGNALED(status)) {
        signal_ = WTERMSIG(status);
        ending_ = "was killed by " + signal_name(signal_);
    } else {
        ending_ = "is gone";
    }
    return true;
}

/// A few bytes into an all but empty socket buffer always fit; if the worker is gone, its pidfd says so.
bool Worker::say(std::string_view line, int passed) {
    return send_with_descriptor(channel_.native_handle(), line, passed) >= 0;
}

void Worker::drain(milliseconds grace, milliseconds term_grace) {
    if (!say("drain\n")) return terminate(term_grace);
    signal_after(grace, SIGTERM, term_grace);
}

void Worker::terminate(milliseconds term_grace) {
    if (!reaped_) ::kill(pid_, SIGTERM);
    signal_after(term_grace, SIGKILL, term_grace);
}

void Worker::signal_after(milliseconds wait, int number, milliseconds then) {
    timer_.expires_after(wait);
    timer_.async_wait([weak = weak_from_this(), number, then](boost::system::error_code error) {
        const auto self = weak.lock();
        if (error || !self || self->reaped_) return;
        if (number == SIGKILL) return self->kill();
        ::kill(self->pid_, number);
        self->signal_after(then, SIGKILL, then);
    });
}

void Worker::kill() {
    if (reaped_) return;
    if (!place_ || !channel_.is_open() || !say("kill\n")) return kill_at_once();
    timer_.expires_after(k_keeper_grace);
    timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
        if (const auto self = weak.lock(); self && !error) self->kill_at_once();
    });
}

void Worker::kill_at_once() {
    if (reaped_) return;
    if (program_) ::kill(-program_, SIGKILL);
    ::kill(pid_, SIGKILL);
}

void Worker::abandon() {
    observer_ = nullptr;
    kill();
    boost::system::error_code ignored;
    process_.close(ignored);
    channel_.close(ignored);
    timer_.cancel();
}

}  // namespace mt::gateway
