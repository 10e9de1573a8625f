#include "mtm/job_pool.hpp"

#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <list>

#include "mtm/spawn_plan.hpp"
#include "mtm/worker.hpp"

namespace mt::mtm {

namespace {

using std::chrono::steady_clock;
constexpr std::chrono::seconds k_kill_after{15};
constexpr std::size_t k_pipe_bytes = 64u << 10;

/// One that runs.
struct Running {
    const PooledJob* job;
    pid_t pid;
    Fd end, output, errors;  ///< the first: readable when the process has ended
    steady_clock::time_point until;
    std::optional<Error> ending;  ///< it was told to end, for that reason
};

Result<Fd> file_of(const std::string& text) {
    Fd file{::memfd_create("job-input", MFD_CLOEXEC)};
    if (!file) return errno_error("memfd_create");
    for (std::size_t done = 0; done < text.size();) {
        const auto put = ::write(file.get(), text.data() + done, text.size() - done);
        if (put < 0) return errno_error("write a job's input");
        done += static_cast<std::size_t>(put);
    }
    if (::lseek(file.get(), 0, SEEK_SET) != 0) return errno_error("write a job's input");
    return file;
}

class Pool {
public:
    Pool(const PoolOrder& order, const PoolListener& listener) : order_(order), listener_(listener) {}

    void run(const std::vector<PooledJob>& jobs) {
        auto next = jobs.begin();
        while (next != jobs.end() || !running_.empty()) {
            for (; next != jobs.end() && running_.size() < order_.parallel; ++next)
                if (auto begun = begin(*next); !begun.ok()) listener_.ended(*next, std::move(begun).error());
            if (!running_.empty()) wait();
        }
    }

private:
    Status begin(const PooledJob& job) {
        MT_TRY(const auto program, worker_program());
        MT_TRY(const auto input, file_of(order_.input));
        MT_TRY(auto output, make_pipe());
        MT_TRY(auto errors, make_pipe());
        SpawnPlan plan;
        plan.give(input.get(), 0);
        plan.give(output.write.get(), 1);
        plan.give(errors.write.get(), 2);
        MT_TRY(const auto pid, plan.start(program, job.words));
        for (const auto* ours : {&output.read, &errors.read}) ::fcntl(ours->get(), F_SETFL, O_NONBLOCK);
        Fd end{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
        const bool endless = order_.deadline.count() == 0;
        running_.push_back({&job, pid, std::move(end), std::move(output.read), std::move(errors.read),
                            endless ? steady_clock::time_point::max() : steady_clock::now() + order_.deadline, {}});
        return {};
    }

    void wait() {
        std::vector<pollfd> entries;
        auto first = steady_clock::time_point::max();
        for (const auto& each : running_) {
            for (const auto* fd : {&each.end, &each.output, &each.errors}) entries.push_back({fd->get(), POLLIN, 0});
            first = std::min(first, each.until);
        }
        int patience_ms = -1;
        if (first != steady_clock::time_point::max()) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(first - steady_clock::now()).count();
            patience_ms = static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
        }
        ::poll(entries.data(), entries.size(), patience_ms);
        auto entry = entries.begin();
        for (auto at = running_.begin(); at != running_.end(); entry += 3) {
            if (entry[1].revents) listen(*at, at->output, Stream::output);
            if (entry[2].revents) listen(*at, at->errors, Stream::errors);
            if (entry[0].revents) {
                finish(*at);
                at = running_.erase(at);
                continue;
            }
            if (steady_clock::now() >= at->until) end_late(*at);
            ++at;
        }
    }

    /// Reads what is there. At its end the stream is closed, and polled no more.
    void listen(Running& running, Fd& from, Stream stream) {
        if (!from) return;
        std::array<char, k_pipe_bytes> bytes;
        ssize_t got = 0;
        while ((got = ::read(from.get(), bytes.data(), bytes.size())) > 0) {
            if (running.ending) continue;
            if (listener_.said(*running.job, stream, {bytes.data(), static_cast<std::size_t>(got)})) continue;
            end(running, Error{Errc::interrupted, "it was ended: it says too much"});
        }
        if (got == 0 || (errno != EAGAIN && errno != EINTR)) from.reset();
    }

    static void end(Running& running, Error why) {
        running.ending = std::move(why);
        running.until = steady_clock::now() + k_kill_after;
        ::kill(running.pid, SIGTERM);
    }

    void end_late(Running& running) {
        if (!running.ending)
            return end(running, Error{Errc::timed_out, "it did not end within " +
                std::to_string(order_.deadline.count()) + " ms"}.hint("give it more time: --deadline 1m"));
        ::kill(running.pid, SIGKILL);
        running.until = steady_clock::time_point::max();
    }

    void finish(Running& running) {
        listen(running, running.output, Stream::output);
        listen(running, running.errors, Stream::errors);
        int status = 0;
        while (::waitpid(running.pid, &status, 0) < 0 && errno == EINTR) {}
        if (running.ending) return listener_.ended(*running.job, *running.ending);
        if (WIFEXITED(status)) return listener_.ended(*running.job, WEXITSTATUS(status));
        listener_.ended(*running.job, Error{Errc::failed, "it was killed by signal " +
            std::to_string(WTERMSIG(status))});
    }

    const PoolOrder& order_;
    const PoolListener& listener_;
    std::list<Running> running_;
};

}  // namespace

void run_pool(const std::vector<PooledJob>& jobs, const PoolOrder& order, const PoolListener& listener) {
    Pool{order, listener}.run(jobs);
}

}  // namespace mt::mtm
