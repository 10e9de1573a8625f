#pragma once
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/proxy/buffers.hpp"
#include "gateway/proxy/explorer_assets.hpp"
#include "gateway/proxy/proxy.hpp"
#include "gateway/proxy/upstream_pool.hpp"

namespace mt::gateway {

class Session;

/// What all loops of a proxy share. Read-only but for the counters.
struct Shared {
    ProxyOptions options;
    ExplorerAssets assets;
    Demand* demand = nullptr;
    std::uint32_t connections_max = 0;
    std::atomic<std::uint32_t> connections{0};
    std::atomic<std::uint64_t> requests{0};
};

/// One thread of the proxy and everything it owns. All members are used on that thread only.
class Loop {
public:
    Loop(Shared& all, std::shared_ptr<const TenantTable> snapshot);

    asio::io_context io{1};
    Shared& shared;
    std::shared_ptr<const TenantTable> table;
    UpstreamPool pool;
    BufferPool buffers;
    /// Scratch, valid between two waits only.
    http::Head request_head, answer_head;
    std::string scratch;
    Clock::time_point now = Clock::now();  ///< as of the last tick: deadlines are that coarse
    bool draining = false;                 ///< no further request on a connection; idle ones are closed
    bool aborting = false;                 ///< sessions end at their next step

    /// Listening sockets of this thread. Accepting starts with open_doors().
    void add_listener(int fd);
    void open_doors();
    void close_doors();

    void add(Session& session);
    void remove(Session& session);
    std::size_t sessions() const { return sessions_.size(); }

    /// Requests held for a tenant.
    void hold(const std::string& tenant, Session& session);
    void release(const std::string& tenant, Session& session);
    void wake(const std::string& tenant);
    void wake_all();

    void drain();
    void abort();

    /// 32 hex digits.
    std::string_view next_request_id();
    std::uint32_t seconds() const {
        return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
    }

private:
    struct Door;
    void tick();
    void arm_tick();
    void end_if_done();
    template <class Each> void for_each_session(Each each);

    asio::executor_work_guard<asio::io_context::executor_type> work_;
    asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, asio::io_context::executor_type> timer_;
    bool ticking_ = false;
    bool doors_shut_ = false;  ///< accepting waits for a connection to end
    std::vector<Session*> sessions_;
    std::vector<std::unique_ptr<Door>> doors_;
    std::unordered_map<std::string, std::vector<Session*>> held_;
    std::mt19937_64 random_;
    char request_id_[32];

    friend struct Door;

public:
    ~Loop();
};

}  // namespace mt::gateway
