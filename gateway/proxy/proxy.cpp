#include "gateway/proxy/proxy.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

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

class ThreadedProxy final : public Proxy {
public:
    ThreadedProxy(ProxyOptions options, std::shared_ptr<const TenantTable> table, Demand& demand, unsigned threads) {
        shared_.options = std::move(options);
        shared_.demand = &demand;
        shared_.connections_max = shared_.options.connections_max ? shared_.options.connections_max : descriptor_budget();
        shared_.assets.load(shared_.options.explorer_folder);
        for (unsigned i = 0; i < threads; ++i) loops_.push_back(std::make_unique<Loop>(shared_, table));
    }
    ~ThreadedProxy() override { stop(std::chrono::milliseconds{0}, false); }

    Status bind() {
        const auto& options = shared_.options;
        const auto threads = static_cast<unsigned>(loops_.size());
        MT_TRY(bound_, adopt_listeners(options.inherited_listeners));
        if (bound_.empty())
            for (const auto& address : options.listen) {
                MT_TRY(auto bound, bind_listeners(address, threads));
                bound_.push_back(std::move(bound));
            }
        // However many were inherited, each has a queue of its own in the kernel and must be served.
        for (const auto& bound : bound_)
            for (std::size_t k = 0; k < bound.sockets.size(); ++k) loops_[k % threads]->add_listener(bound.sockets[k].get());
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
        std::vector<int> sockets = kept_;
        if (!kept_.empty()) return sockets;
        for (const auto& bound : bound_)
            for (const auto& fd : bound.sockets) sockets.push_back(fd.get());
        return sockets;
    }

    void publish(std::shared_ptr<const TenantTable> table) override {
        for (const auto& loop : loops_)
            loop->reactor.post([&loop = *loop, table] {
                loop.table = table;
                loop.wake_all();
            });
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

    void stop(std::chrono::milliseconds grace, bool keep_listeners) override {
        if (stopped_) return;
        stopped_ = true;
        for (const auto& loop : loops_)
            loop->reactor.post([&loop = *loop, keep_listeners] {
                loop.close_doors(!keep_listeners);
                loop.drain();
            });
        if (!threads_.empty()) {
            std::unique_lock lock{mutex_};
            if (!ended_cv_.wait_for(lock, grace, [&] { return ended_ == threads_.size(); }))
                for (const auto& loop : loops_) loop->reactor.post([&loop = *loop] { loop.abort(); });
        }
        for (auto& thread : threads_) thread.join();
        kept_ = keep_listeners ? listeners() : std::vector<int>{};
        for (auto& bound : bound_)
            for (auto& fd : bound.sockets) {
                if (keep_listeners) fd.release();  // they belong to whoever inherits them
                else fd.reset();
            }
    }

    Counters counters() const override {
        return {shared_.requests.load(std::memory_order_relaxed), shared_.connections.load(std::memory_order_relaxed)};
    }

private:
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
    std::vector<int> kept_;
    bool stopped_ = false;
};

}  // namespace

Result<std::unique_ptr<Proxy>> Proxy::create(ProxyOptions options, std::shared_ptr<const TenantTable> table, Demand& demand) {
    const unsigned threads = options.threads ? options.threads : std::max(1u, std::thread::hardware_concurrency());
    auto proxy = std::make_unique<ThreadedProxy>(std::move(options), std::move(table), demand, threads);
    MT_CHECK(proxy->bind());
    return std::unique_ptr<Proxy>{std::move(proxy)};
}

}  // namespace mt::gateway
