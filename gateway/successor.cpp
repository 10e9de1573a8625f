#include "gateway/successor.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include "base/control/document.hpp"
#include "base/signal_name.hpp"

namespace mt::gateway {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using Descriptor = asio::posix::stream_descriptor;

namespace {

constexpr int k_link = 3;
constexpr milliseconds k_last_words{1'000};  // from the link's end to the process's

/// posix_spawn(3)'s two objects, freed with their owner.
struct SpawnWishes {
    SpawnWishes() {
        ::posix_spawn_file_actions_init(&files);
        ::posix_spawnattr_init(&attributes);
    }
    ~SpawnWishes() {
        ::posix_spawn_file_actions_destroy(&files);
        ::posix_spawnattr_destroy(&attributes);
    }
    SpawnWishes(const SpawnWishes&) = delete;
    SpawnWishes& operator=(const SpawnWishes&) = delete;
    posix_spawn_file_actions_t files{};
    posix_spawnattr_t attributes{};
};

/// Not spawn() of the supervisor, whose processes die with us.
Result<pid_t> run(const std::string& program, const std::vector<std::string>& arguments, int link) {
    SpawnWishes wishes;
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&wishes.attributes, &none);
    ::posix_spawnattr_setsigdefault(&wishes.attributes, &all);
    ::posix_spawnattr_setflags(&wishes.attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    ::posix_spawn_file_actions_adddup2(&wishes.files, link, k_link);  // also what makes it survive the exec
    // Asio's connections are not close-on-exec, and whoever waits for the end of one would wait for the new process.
    ::posix_spawn_file_actions_addclosefrom_np(&wishes.files, k_link + 1);

    std::vector<std::string> variables{handover_variable(k_link)};
    for (char** each = environ; *each; ++each) variables.emplace_back(*each);
    std::vector<std::string> words{program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    const auto pointers = [](std::vector<std::string>& texts) {
        std::vector<char*> list;
        for (auto& text : texts) list.push_back(text.data());
        list.push_back(nullptr);
        return list;
    };
    pid_t pid = 0;
    const auto argv = pointers(words), envp = pointers(variables);
    errno = ::posix_spawn(&pid, program.c_str(), &wishes.files, &wishes.attributes, argv.data(), envp.data());
    if (errno != 0) return errno_error("run", program);
    return pid;
}

std::string ending_of(int status) {
    if (WIFSIGNALED(status)) return "was killed by " + signal_name(WTERMSIG(status));
    return "exited with code " + std::to_string(WEXITSTATUS(status));
}

asio::awaitable<void> wait_for(Descriptor& descriptor, Descriptor::wait_type what) {
    boost::system::error_code ignored;
    co_await descriptor.async_wait(what, asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace

Result<std::shared_ptr<Successor>> Successor::start(asio::io_context& io, const std::string& program,
                                                    const std::vector<std::string>& arguments) {
    MT_TRY(auto ends, make_handover_link());
    MT_TRY(const auto pid, run(program, arguments, ends.second.get()));
    Fd pidfd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    if (!pidfd) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        return errno_error("watch the process of", program);
    }
    return std::make_shared<Successor>(io, pid, std::move(pidfd), std::move(ends.first));
}

Successor::Successor(asio::io_context& io, pid_t pid, Fd pidfd, Fd link)
    : pid_(pid), link_(io, std::move(link)), process_(io, pidfd.release()), timer_(io) {}

Successor::~Successor() { reap(); }

asio::awaitable<Status> Successor::take_over(std::vector<HandoverRecord> records, milliseconds wait) {
    const auto self = shared_from_this();
    kill_after(wait);
    co_await give(records);
    for (;;) {
        HandoverRecord record;
        const auto received = receive_record(link_.descriptor(), record);
        if (received == Received::nothing) {
            co_await wait_for(link_.stream(), Descriptor::wait_read);
        } else if (received == Received::end) {
            auto why = co_await why_not(wait);
            co_return why;
        } else if (record.word == "failed") {
            const auto told = parse_json(record.text);
            refusal_ = told.ok() ? error_from(*told) : Error{Errc::failed, record.text};
        } else if (record.word == "serving") {
            timer_.cancel();
            watch();
            co_return Status{};
        }
    }
}

asio::awaitable<void> Successor::give(const std::vector<HandoverRecord>& records) {
    for (const auto& record : records) {
        Sent sent;
        while ((sent = send_record(link_.descriptor(), record)) == Sent::full)
            co_await wait_for(link_.stream(), Descriptor::wait_write);
        if (sent == Sent::gone) break;  // reading tells why
    }
}

asio::awaitable<Error> Successor::why_not(milliseconds waited) {
    if (!too_late_) kill_after(k_last_words);
    const bool too_late = too_late_;
    while (!reap()) co_await wait_for(process_, Descriptor::wait_read);
    timer_.cancel();
    if (refusal_) co_return *refusal_;
    const auto seconds = std::to_string(waited.count() / 1000);
    if (too_late) co_return Error{Errc::timed_out, "the new process was not ready within " + seconds + " s"};
    co_return Error{Errc::failed, "the new process " + ending_of(*status_) + " before it served"};
}

void Successor::kill_after(milliseconds wait) {
    timer_.expires_after(wait);
    timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
        const auto self = weak.lock();
        if (error || !self) return;
        self->too_late_ = true;
        self->kill();
    });
}

void Successor::kill() {
    if (!status_) ::kill(pid_, SIGKILL);
}

/// It ends long before us only if it was replaced in turn.
void Successor::watch() {
    process_.async_wait(Descriptor::wait_read, [weak = weak_from_this()](boost::system::error_code error) {
        const auto self = weak.lock();
        if (!error && self && !self->reap()) self->watch();
    });
}

bool Successor::reap() {
    int status = 0;
    if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
    return status_.has_value();
}

}  // namespace mt::gateway
