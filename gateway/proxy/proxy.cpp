#include "gateway/proxy/proxy.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/cores.hpp"
#include "base/log.hpp"
#include "gateway/proxy/listeners.hpp"
#include "gateway/proxy/loop.hpp"

namespace mt::gateway {

namespace {

std::uint32_t descriptor_budget() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > 1u << 24) return 1u << 20;
    return static_cast<std::uint32_t>(limit.rlim_cur * 95 / 100);
}

/// The threads' counts as they come in. The last one to let go of it hands in the report, also if a thread has ended and never
/// looked.
class Gathering {
public:
    Gathering(Shared& shared, std::function<void(TrafficReport)> done) : done_(std::move(done)) {
        for (auto& named : shared.traffic_rows.named()) {
            rows_.push_back(named.row);
            report_.tenants.push_back({std::move(named.tenant), {}, named.gate->in_flight.load(), named.gate->held.load()});
        }
        report_.connections = shared.connections.load(std::memory_order_relaxed);
    }
    Gathering(const Gathering&) = delete;
    Gathering& operator=(const Gathering&) = delete;
    ~Gathering() { done_(std::move(report_)); }

    void add(Loop& loop) {
        const std::lock_guard lock{mutex_};
        for (std::size_t i = 0; i < rows_.size(); ++i) report_.tenants[i].traffic += loop.traffic(rows_[i]);
        report_.other += loop.traffic(TrafficRows::k_other);
        report_.tenantless += loop.traffic(TrafficRows::k_unknown);
        report_.accepted += loop.accepted;
        report_.log_lines_lost += loop.log.lost();
    }

private:
    std::function<void(TrafficReport)> done_;
    std::mutex mutex_;
    std::vector<std::uint32_t> rows_;
    TrafficReport report_;
};

class ThreadedProxy final : public Proxy {
public:
    ThreadedProxy(ProxyOptions options, std::shared_ptr<const TenantTable> table, Demand& demand, unsigned threads) : shared_(std::move(options)) {
        shared_.demand = &demand;
        shared_.connections_max = shared_.options.connections_max ? shared_.options.connections_max : descriptor_budget();
        shared_.assets.load(shared_.options.explorer_folder);
        for (unsigned i = 0; i < threads; ++i) {
            loops_.push_back(std::make_unique<Loop>(shared_, table, i));
            shared_.loops.push_back(loops_.back().get());
        }
    }
    ~ThreadedProxy() override { stop(std::chrono::milliseconds{0}); }

    Status open_logs() {
        for (const auto& loop : loops_) MT_CHECK(loop->log.open(shared_.options.access_log));
        return {};
    }

    Status bind() {
        const auto& options = shared_.options;
        const auto threads = static_cast<unsigned>(loops_.size());
        MT_TRY(auto inherited, adopt_listeners(options.inherited_listeners));
        for (const auto& wanted : options.listen) bound_.push_back(take_listeners(inherited, wanted, options.listen));
        inherited.clear();  // nobody wants these any more, and they may be in the way of others
        for (auto& bound : bound_) {
            if (bound.sockets.empty()) {
                MT_TRY(bound, bind_listeners(bound.address, threads));
            }
            // However many were inherited, each has a queue of its own in the kernel and must be served.
            for (std::size_t k = 0; k < bound.sockets.size(); ++k)
                loops_[k % threads]->add_listener(bound.sockets[k].get(), bound.address.tls);
        }
        for (const auto& loop : loops_) use_tls(*loop, options.tls);
        return {};
    }

    void start() override {
        for (const auto& loop : loops_) {
            loop->reactor.post([&loop = *loop] { loop.open_doors(); });
            threads_.emplace_back([this, &loop = *loop] { run(loop); });
        }
    }

    std::vector<ListenAddress> bound() const override {
        std::vector<ListenAddress> addresses;
        for (const auto& bound : bound_) addresses.push_back(bound.address);
        return addresses;
    }
    std::vector<int> listeners() const override {
        std::vector<int> sockets;
        for (const auto& bound : bound_)
            for (const auto& fd : bound.sockets) sockets.push_back(fd.get());
        return sockets;
    }

    void publish(std::shared_ptr<const TenantTable> table) override {
        const auto gone = std::make_shared<const std::vector<std::uint32_t>>(shared_.traffic_rows.retire(*table));
        const auto left = std::make_shared<std::atomic<std::size_t>>(loops_.size());
        const auto one_less = [this, gone, left] {
            if (left->fetch_sub(1) == 1) shared_.traffic_rows.free(*gone);
        };
        for (const auto& loop : loops_) {
            const bool posted = loop->reactor.post([&loop = *loop, table, gone, one_less] {
                for (const auto row : *gone) loop.traffic(TrafficRows::k_other) += std::exchange(loop.traffic(row), {});
                one_less();
                loop.table = table;
                loop.wake_all();
            });
            if (!posted) one_less();
        }
    }
    void reopen_log() override {
        for (const auto& loop : loops_)
            loop->reactor.post([&loop = *loop] {
                if (const auto status = loop.log.open(loop.shared.options.access_log); !status.ok())
                    log::error("event=access_log_failed what=" + log::quote(describe(status.error())));
            });
    }
    void collect(std::function<void(TrafficReport)> done) override {
        const auto gathering = std::make_shared<Gathering>(shared_, std::move(done));
        for (const auto& loop : loops_) loop->reactor.post([&loop = *loop, gathering] { gathering->add(loop); });
    }
    void tap(std::shared_ptr<const Tap> tap) override {
        for (const auto& loop : loops_) loop->reactor.post([&loop = *loop, tap] { loop.taps.push_back(tap); });
    }
    void untap(std::shared_ptr<const Tap> tap) override {
        for (const auto& loop : loops_) loop->reactor.post([&loop = *loop, tap] { std::erase(loop.taps, tap); });
    }
    void publish_tls(std::shared_ptr<const TlsSetup> tls) override {
        for (const auto& loop : loops_) loop->reactor.post([this, &loop = *loop, tls] { use_tls(loop, tls); });
    }
    void wake(const TenantId& tenant) override {
        for (const auto& loop : loops_) loop->reactor.post([&loop = *loop, id = tenant.str()] { loop.wake(id); });
    }
    void drop_idle(const TenantId& tenant, std::function<void()> done) override {
        auto all = std::make_shared<std::function<void()>>(std::move(done));
        auto left = std::make_shared<std::atomic<std::size_t>>(loops_.size());
        const auto one_less = [all, left] {
            if (left->fetch_sub(1) == 1) (*all)();
        };
        for (const auto& loop : loops_) {
            const bool posted = loop->reactor.post([&loop = *loop, id = tenant.str(), one_less] {
                const auto found = loop.table->find(id);
                // A tenant that left the table has no newer generation: all of its connections go.
                if (found != loop.table->end()) loop.pool.drop_older(id, found->second->gate->generation());
                else loop.pool.drop_tenant(id);
                one_less();
            });
            if (!posted) one_less();  // a loop that ended has no connections
        }
    }

    void stop(std::chrono::milliseconds grace) override {
        if (stopped_) return;
        stopped_ = true;
        for (const auto& loop : loops_)
            loop->reactor.post([&loop = *loop] {
                loop.close_doors(true);
                loop.drain();
            });
        if (!threads_.empty()) {
            std::unique_lock lock{mutex_};
            if (!ended_cv_.wait_for(lock, grace, [&] { return ended_ == threads_.size(); }))
                for (const auto& loop : loops_) loop->reactor.post([&loop = *loop] { loop.abort(); });
        }
        for (auto& thread : threads_) thread.join();
        for (auto& bound : bound_) bound.sockets.clear();
    }

    void leave(std::chrono::milliseconds grace) override {
        if (stopped_) return;
        stopped_ = true;
        for (const auto& loop : loops_)
            loop->reactor.post([&loop = *loop, grace] {
                loop.close_doors(false);
                loop.leave(grace);
            });
        for (auto& thread : threads_) thread.join();
        for (auto& bound : bound_) bound.sockets.clear();
    }
    void hurry(std::chrono::milliseconds grace) override {
        for (const auto& loop : loops_) loop->reactor.post([&loop = *loop, grace] { loop.hurry(grace); });
    }

    Counters counters() const override {
        return {shared_.requests.load(std::memory_order_relaxed), shared_.connections.load(std::memory_order_relaxed)};
    }

private:
    /// What was bound is not changed after start(), so that the loops' threads may read it.
    void use_tls(Loop& loop, std::shared_ptr<const TlsSetup> tls) const {
        loop.redirect_port = 0;
        if (tls && tls->redirect()) {
            const auto first = std::find_if(bound_.begin(), bound_.end(), [](const auto& bound) { return bound.address.tls; });
            loop.redirect_port = tls->redirect_port() ? tls->redirect_port() : first == bound_.end() ? 0 : first->address.port;
        }
        loop.tls = std::move(tls);
    }

    void run(Loop& loop) {
        try {
            loop.run();
        } catch (const std::exception& error) {
            log::error("event=proxy_thread_failed what=" + log::quote(error.what()));
        }
        const std::lock_guard lock{mutex_};
        ++ended_;
        ended_cv_.notify_one();
    }

    Shared shared_;
    std::vector<BoundAddress> bound_;
    std::vector<std::unique_ptr<Loop>> loops_;
    std::vector<std::thread> threads_;
    std::mutex mutex_;
    std::condition_variable ended_cv_;
    std::size_t ended_ = 0;
    bool stopped_ = false;
};

}  // namespace

Result<std::unique_ptr<Proxy>> Proxy::create(ProxyOptions options, std::shared_ptr<const TenantTable> table, Demand& demand) {
    const unsigned threads = options.threads ? options.threads : usable_cores();
    auto proxy = std::make_unique<ThreadedProxy>(std::move(options), std::move(table), demand, std::min(threads, k_loops_max));
    MT_CHECK(proxy->open_logs());
    MT_CHECK(proxy->bind());
    return std::unique_ptr<Proxy>{std::move(proxy)};
}

}  // namespace mt::gateway
