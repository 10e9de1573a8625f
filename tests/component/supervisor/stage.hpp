#pragma once
#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "gateway/supervisor/supervisor.hpp"

namespace mt::gateway {

/// Records what the supervisor says; its threads are the caller's.
class FakeProxy : public Proxy {
public:
    void start() override {}
    std::vector<ListenAddress> bound() const override { return {{"127.0.0.1", 1}}; }
    std::vector<int> listeners() const override { return {}; }
    void publish(std::shared_ptr<const TenantTable> table) override {
        table_ = std::move(table);
        ++published;
    }
    void publish_tls(std::shared_ptr<const TlsSetup>) override {}
    void wake(const TenantId& tenant) override { calls.push_back("wake " + tenant.str()); }
    void drop_idle(const TenantId& tenant, std::function<void()> done) override {
        calls.push_back("drop_idle " + tenant.str());
        if (on_drop_idle) on_drop_idle();
        done();
    }
    void stop(std::chrono::milliseconds) override {}
    void leave(std::chrono::milliseconds) override {}
    void hurry(std::chrono::milliseconds) override {}
    Counters counters() const override { return {7, 3}; }
    void reopen_log() override { calls.push_back("reopen_log"); }
    void collect(std::function<void(TrafficReport)> done) override { done(report); }
    void tap(std::shared_ptr<const Tap> tap) override { taps.push_back(std::move(tap)); }
    void untap(std::shared_ptr<const Tap> tap) override { std::erase(taps, tap); }
    std::vector<std::shared_ptr<const Tap>> taps;
    TrafficReport report;

    std::shared_ptr<const TenantEntry> entry(const std::string& id) const {
        const auto found = table_->find(id);
        return found == table_->end() ? nullptr : found->second;
    }
    std::vector<std::string> calls;
    std::function<void()> on_drop_idle;
    std::size_t published = 0;

private:
    std::shared_ptr<const TenantTable> table_ = std::make_shared<TenantTable>();
};

/// A tenants folder, a supervisor on it with the fake worker, and the loop that turns it.
/// Not waited for counts, too.
inline bool alive(int pid) { return ::kill(pid, 0) == 0; }

class Stage {
public:
    explicit Stage(Timings timings = quick());
    ~Stage();
    static Timings quick();

    void write(const std::string& file, const std::string& content);
    std::string read(const std::string& file) const { return *read_file(folder / file); }
    void start();
    void restart_supervisor();
    /// Turns the loop until `condition`, failing the test after 10 s.
    void until(const char* what, const std::function<bool()>& condition);
    /// A control request, answered while the loop turns.
    Result<json> ask(const std::string& method, const std::string& target);
    json status(const std::string& id);
    std::string state(const std::string& id) { return status(id).value("state", "none"); }
    void want(const std::string& id) { supervisor->want(*TenantId::parse(id)); }
    void want_until_ready(const std::string& id);
    TenantGate& gate(const std::string& id) { return *proxy.entry(id)->gate; }
    /// Connects to the tenant's socket and reads the worker's pid.
    std::pair<Fd, int> connect(const std::string& id);

    std::filesystem::path folder;
    Timings timings;
    std::string worker_program = MT_FAKE_WORKER;
    std::vector<std::string> environment{"PATH=/usr/bin"};
    boost::asio::io_context io;
    FakeProxy proxy;
    std::unique_ptr<Supervisor> supervisor;
    std::vector<std::string> ended;

private:
    boost::asio::awaitable<Result<json>> restarted();
};

}  // namespace mt::gateway
