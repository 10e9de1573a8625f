#include "gateway/supervisor/snapshot_schedule.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/log.hpp"
#include "gateway/supervisor/spawn.hpp"

namespace mt::gateway {

namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;
constexpr std::chrono::milliseconds k_first_look = 1s, k_schedule_every = 30s, k_next_look = 10ms;
constexpr auto k_after_failure = 10min;

}  // namespace

std::optional<std::chrono::file_clock::time_point> last_scheduled_snapshot(const fs::path& folder) {
    std::optional<std::chrono::file_clock::time_point> last;
    std::error_code error;
    for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error)) {
        const auto name = at->path().filename().native();
        std::error_code unknown;
        const auto time = fs::last_write_time(at->path(), unknown);
        if (!unknown && name.ends_with("-auto.mtb") && !name.starts_with('.') && (!last || *last < time)) last = time;
    }
    return last;
}

SnapshotSchedule::SnapshotSchedule(boost::asio::io_context& io, const Layout& layout, std::string program,
                                   std::vector<std::string> environment, Wishes wishes)
    : layout_(layout), program_(std::move(program)), environment_(std::move(environment)), wishes_(std::move(wishes)),
      timer_(io), running_(io) {}

SnapshotSchedule::~SnapshotSchedule() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {}
}

void SnapshotSchedule::begin() { look_later(k_first_look); }

void SnapshotSchedule::look_later(std::chrono::milliseconds wait) {
    timer_.expires_after(wait);
    timer_.async_wait(lifeline_.guard([this](boost::system::error_code error) {
        if (!error) look();
    }));
}

void SnapshotSchedule::look() {
    for (const auto& wish : wishes_()) {
        if (!is_due(wish)) continue;
        start(wish.id);
        return;
    }
    look_later(k_schedule_every);
}

bool SnapshotSchedule::is_due(const Wish& wish) const {
    if (wish.every.count() == 0 || !TenantId::is_valid(wish.key)) return false;
    if (const auto failed = not_before_.find(wish.id.str()); failed != not_before_.end() &&
        Clock::now() < failed->second) return false;
    const auto last = last_scheduled_snapshot(layout_.snapshots() / wish.key);
    return !last || std::chrono::file_clock::now() - *last >= wish.every;
}

void SnapshotSchedule::start(const TenantId& id) {
    const Fd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    SpawnRequest request{program_,
                         {"snapshot", id.str(), "--scheduled", "--tenants", layout_.tenants().native(), "--socket",
                          layout_.control_socket().native()},
                         environment_, {null.get(), null.get(), STDERR_FILENO}};
    auto spawned = spawn(request);
    if (!spawned.ok()) {
        log::error("tenant=" + id.str() + " event=snapshot_failed error=" + log::quote(spawned.error().message()));
        not_before_[id.str()] = Clock::now() + k_after_failure;
        return look_later(k_next_look);
    }
    pid_ = spawned->pid;
    running_.assign(spawned->pidfd.release());
    running_.async_wait(boost::asio::posix::stream_descriptor::wait_read, lifeline_.guard([this, id](boost::system::error_code error) {
        if (!error) finished(id);
    }));
}

void SnapshotSchedule::finished(const TenantId& id) {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {}
    pid_ = -1;
    boost::system::error_code ignored;
    running_.close(ignored);
    const bool done = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (done) {
        not_before_.erase(id.str());
        log::info("tenant=" + id.str() + " event=snapshot");
    } else {
        not_before_[id.str()] = Clock::now() + k_after_failure;
        log::error("tenant=" + id.str() + " event=snapshot_failed hint=\"mtm snapshot " + id.str() + " says why\"");
    }
    look_later(k_next_look);
}

}  // namespace mt::gateway
