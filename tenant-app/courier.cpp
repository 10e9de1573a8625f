#include "tenant-app/courier.hpp"

#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <string>

#include "base/layout.hpp"
#include "tenant-app/rest/report.hpp"

namespace mt::app {

namespace {

constexpr std::chrono::seconds k_pause_first{10}, k_pause_max{3'600};

/// The worker's environment and log, no other descriptor, and signals as a program expects them. 0, or an errno.
int spawn(const std::filesystem::path& program, const std::filesystem::path& folder, int& pid) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_addclosefrom_np(&files, 3);
    sigset_t defaults;
    ::sigfillset(&defaults);
    ::posix_spawnattr_setsigdefault(&attributes, &defaults);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    char* const words[] = {const_cast<char*>(program.c_str()), const_cast<char*>(folder.c_str()), nullptr};
    const int failure = ::posix_spawn(&pid, program.c_str(), &files, &attributes, words, environ);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
    return failure;
}

}  // namespace

Courier::Courier(boost::asio::io_context& io, std::filesystem::path folder)
    : program_(program_folder() / "tenant-mail"), folder_(std::move(folder)), process_(io), timer_(io) {}

void Courier::wake() {
    if (pid_ > 0) again_ = true;
    else start();
}

void Courier::start() {
    timer_.cancel();
    again_ = false;
    if (const int failure = spawn(program_, folder_, pid_); failure != 0) {
        pid_ = -1;
        rest::report("event=mail_failed", program_.native() + ": " + std::strerror(failure));
        return retry_later();
    }
    const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    if (fd < 0) return ended();  // waits for it, which ends by itself
    process_.assign(fd);
    process_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                        [this](const boost::system::error_code& error) {
                            if (!error) ended();
                        });
}

void Courier::ended() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    process_.close();
    const bool done = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (done) pause_ = {};
    if (again_) start();
    else if (!done) retry_later();
}

void Courier::retry_later() {
    pause_ = std::clamp(pause_ * 2, k_pause_first, k_pause_max);
    timer_.expires_after(pause_);
    timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) start();
    });
}

}  // namespace mt::app
