#include "tenant-app/exec/keeper.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include "tenant-app/control_channel.hpp"
#include "tenant-app/exec/descendants.hpp"
#include "tenant-app/jobs/report_document.hpp"

namespace mt::app {

namespace {

constexpr int k_probe_every_ms = 10;

sigset_t watched_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);  // a terminal's, of whoever started the gateway: it is the gateway that decides
    sigaddset(&signals, SIGHUP);
    return signals;
}

std::string how_it_ended(int status) {
    if (WIFEXITED(status)) return "exited with code " + std::to_string(WEXITSTATUS(status));
    if (WIFSIGNALED(status)) return "was killed by signal " + std::to_string(WTERMSIG(status));
    return "is gone";
}

class Keeper {
public:
    explicit Keeper(const Keeping& what) : what_(what) {}

    int run() {
        const auto signals = watched_signals();
        ::sigprocmask(SIG_BLOCK, &signals, nullptr);
        signals_ = Fd{::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)};
        ::prctl(PR_SET_CHILD_SUBREAPER, 1);
        if (const auto failure = start(signals); !failure.empty()) {
            say_line(what_.control, "error " + failure);
            end_descendants(program_, status_);
            return status_;
        }
        say_line(what_.control, "program " + std::to_string(program_));
        while (!ending_ && !ended_) wait();
        end_descendants(program_, status_);
        if (!ready_)
            tell(Error{Errc::failed, "the program " + what_.name +
                                         (ended_ ? " " + how_it_ended(status_) + " before it was ready" : " did not get ready in time")});
        return status_;
    }

private:
    /// Empty once the program runs; else the text of an error.
    std::string start(const sigset_t& blocked) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) return error_text(errno_error("make a pipe"));
        const Fd told{ends[0]};
        Fd tells{ends[1]};
        program_ = ::fork();
        if (program_ < 0) return error_text(errno_error("start", what_.name));
        if (program_ == 0) {
            ::sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
            std::signal(SIGPIPE, SIG_DFL);
            const auto text = error_text(what_.become_program());
            const auto put = ::write(tells.get(), text.data(), text.size());
            ::_exit(put > 0 ? 127 : 126);
        }
        what_.readiness.started();
        tells.reset();
        std::string text;
        std::array<char, 4096> bytes;
        // The end comes with execve, which closes the other end.
        for (ssize_t got; (got = ::read(told.get(), bytes.data(), bytes.size())) > 0 || (got < 0 && errno == EINTR);)
            if (got > 0) text.append(bytes.data(), static_cast<std::size_t>(got));
        return text;
    }

    void wait() {
        auto& readiness = what_.readiness;
        std::array<pollfd, 4> entries{{{what_.control, POLLIN, 0},
                                       {signals_.get(), POLLIN, 0},
                                       {readiness.notify_socket(), POLLIN, 0},
                                       {readiness.pipe(), POLLIN, 0}}};
        const int got = ::poll(entries.data(), entries.size(), ready_ ? -1 : k_probe_every_ms);
        if (got < 0 && errno != EINTR) ending_ = true;
        if (entries[0].revents) read_control();
        if (entries[1].revents) read_signals();
        if (ending_ || ended_) return;
        bool news = entries[2].revents && readiness.read_notify(program_);
        if (entries[3].revents && readiness.read_pipe()) news = true;
        if (ready_ || !(news || readiness.probe())) return;
        ready_ = true;
        readiness.ready();
        say_line(what_.control, "ready");
    }

    /// The gateway's lines. Its end is that of everything here.
    void read_control() {
        std::array<char, 256> bytes;
        const auto got = ::recv(what_.control, bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (got <= 0) return static_cast<void>(ending_ = true);
        lines_.append(bytes.data(), static_cast<std::size_t>(got));
        for (auto end = lines_.find('\n'); end != std::string::npos; end = lines_.find('\n')) {
            if (lines_.substr(0, end) == "kill") ending_ = true;
            lines_.erase(0, end + 1);
        }
    }

    void read_signals() {
        signalfd_siginfo info{};
        while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
            if (info.ssi_signo == SIGTERM && ::kill(-program_, SIGTERM) != 0) ::kill(program_, SIGTERM);
            if (info.ssi_signo == SIGCHLD) reap();
        }
    }

    void reap() {
        int status = 0;
        for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
            if (pid != program_) continue;  // an orphan of the program's
            ended_ = true;
            status_ = status;
        }
    }

    void tell(const Error& error) const { say_line(what_.control, "error " + error_text(error)); }

    const Keeping& what_;
    Fd signals_;
    pid_t program_ = -1;
    int status_ = 0;
    bool ready_ = false, ending_ = false, ended_ = false;
    std::string lines_;
};

}  // namespace

int keep_program(const Keeping& what) { return Keeper{what}.run(); }

void end_like(int status) {
    if (WIFSIGNALED(status)) {
        sigset_t all;
        sigfillset(&all);
        std::signal(WTERMSIG(status), SIG_DFL);
        ::sigprocmask(SIG_UNBLOCK, &all, nullptr);
        ::raise(WTERMSIG(status));
    }
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

}  // namespace mt::app
