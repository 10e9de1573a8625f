#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/layout.hpp"
#include "base/tenant_config.hpp"
#include "gateway/supervisor/lifeline.hpp"

namespace mt::gateway {

/// Has snapshots taken of the tenants whose tenant.json asks for them ("snapshots"): `mtm snapshot --scheduled`, one at
/// a time. When the last one was taken stands in the folder of the snapshots, so that it survives the gateway. The
/// supervisor's thread.
class SnapshotSchedule {
public:
    struct Wish {
        TenantId id;
        std::string key;
        std::chrono::milliseconds every;
    };
    /// Who wants snapshots, asked again and again.
    using Wishes = std::function<std::vector<Wish>()>;

    /// `program` is mtm; `environment` is all that it gets.
    SnapshotSchedule(boost::asio::io_context& io, const Layout& layout, std::string program,
                     std::vector<std::string> environment, Wishes wishes);
    SnapshotSchedule(const SnapshotSchedule&) = delete;
    SnapshotSchedule& operator=(const SnapshotSchedule&) = delete;
    /// Ends what runs; nothing is left of an unfinished snapshot but a file that mtm doctor clears away.
    ~SnapshotSchedule();

    /// From now on.
    void begin();

private:
    using Clock = std::chrono::steady_clock;

    void look_later(std::chrono::milliseconds wait);
    void look();
    bool is_due(const Wish& wish) const;
    void start(const TenantId& id);
    void finished(const TenantId& id);

    Layout layout_;
    std::string program_;
    std::vector<std::string> environment_;
    Wishes wishes_;
    boost::asio::steady_timer timer_;
    boost::asio::posix::stream_descriptor running_;  // the pidfd of the one job, if open
    pid_t pid_ = -1;
    std::unordered_map<std::string, Clock::time_point> not_before_;  // of tenants whose snapshot failed
    Lifeline lifeline_;
};

/// When the newest of them was finished; nothing if there is none. Those that somebody asked for do not count.
std::optional<std::chrono::file_clock::time_point> last_scheduled_snapshot(const std::filesystem::path& folder);

}  // namespace mt::gateway
