// What the page does to tenants, it does as a person would: with mtm. So there is one place that writes tenant.json,
// takes its lock and judges reasons and times, and whatever the page can do can be typed.
#include "gateway/ui/manager.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdlib>
#include <memory>

#include "gateway/supervisor/spawn.hpp"

namespace mt::gateway {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t k_output_bytes_max = 4u << 20;

/// A process of ours: killed if it is still there, and always waited for. Shared with the timer that ends its patience.
class Manager {
public:
    Manager(asio::any_io_executor executor, Spawned spawned)
        : pid_(spawned.pid), end_(executor, spawned.pidfd.release()) {}
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;
    ~Manager() {
        kill();
        if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
    }
    /// As long as it has not been waited for, the number is its own.
    void kill() const {
        if (pid_ > 0) ::kill(pid_, SIGKILL);
    }
    void out_of_patience() {
        late_ = pid_ > 0;
        kill();
    }
    bool late() const { return late_; }
    asio::awaitable<int> status() {
        error_code error;
        constexpr auto k_ended = asio::posix::stream_descriptor::wait_read;
        co_await end_.async_wait(k_ended, asio::redirect_error(asio::use_awaitable, error));
        int status = -1;
        ::waitpid(std::exchange(pid_, 0), &status, 0);
        co_return status;
    }

private:
    pid_t pid_;
    bool late_ = false;
    asio::posix::stream_descriptor end_;  ///< the pidfd: readable once it has ended
};

std::vector<std::string> manager_environment() {
    std::vector<std::string> environment;
    for (const char* name : {"PATH", "LANG", "TZ", "NODE_ENV"})
        if (const char* value = std::getenv(name)) environment.push_back(std::string{name} + "=" + value);
    return environment;
}

}  // namespace

asio::awaitable<Result<ManagerAnswer>> run_manager(std::string program, std::vector<std::string> words,
                                                   std::chrono::milliseconds patience) {
    const auto executor = co_await asio::this_coro::executor;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) co_return errno_error("make a pipe");
    asio::posix::stream_descriptor output{executor, ends[0]};
    Fd to{ends[1]};
    const Fd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    SpawnRequest request{std::move(program), std::move(words), manager_environment(),
                         {null.get(), to.get(), null.get()}};
    auto spawned = spawn(request);
    if (!spawned.ok()) co_return std::move(spawned).error();
    to.reset();
    const auto manager = std::make_shared<Manager>(executor, *std::move(spawned));
    asio::steady_timer deadline{executor, patience};
    deadline.async_wait([manager](error_code cancelled) {
        if (!cancelled) manager->out_of_patience();
    });

    std::string text;
    std::array<char, 16'384> chunk;
    for (error_code error; !error && text.size() <= k_output_bytes_max;) {
        const auto buffer = asio::buffer(chunk);
        const auto got = co_await output.async_read_some(buffer, asio::redirect_error(asio::use_awaitable, error));
        text.append(chunk.data(), got);
    }
    if (text.size() > k_output_bytes_max) manager->kill();
    const int status = co_await manager->status();
    deadline.cancel();
    if (manager->late()) co_return Error{Errc::timed_out, "mtm has not finished in time"};
    if (text.size() > k_output_bytes_max)
        co_return Error{Errc::payload_too_large, "mtm tells more than the page can show"};
    if (text.empty()) co_return Error{Errc::failed, "mtm ended without a word"}.hint("try the same in a terminal");
    co_return ManagerAnswer{WIFEXITED(status) && WEXITSTATUS(status) == 0, std::move(text)};
}

}  // namespace mt::gateway
