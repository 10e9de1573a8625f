#pragma once
#include "gateway/supervisor/supervisor.hpp"

namespace mt::gateway {

/// The control protocol of docs/ARCHITECTURE.md, one function per route.
class ControlRoutes {
public:
    explicit ControlRoutes(Supervisor& supervisor) : supervisor_(supervisor) {}
    boost::asio::awaitable<Result<json>> handle(ControlRequest request);
    /// Nothing: it is no request for a stream.
    std::optional<Result<ControlStream>> stream(const ControlRequest& request);

private:
    using Clock = std::chrono::steady_clock;
    using Answer = boost::asio::awaitable<Result<json>>;

    Result<ControlStream> follow_requests(const std::string& id, const ControlRequest& request);
    Result<ControlStream> follow_events(const ControlRequest& request);
    Result<ControlStream> follow_log(const std::string& id, const ControlRequest& request);
    Answer tenant_list(Clock::time_point deadline);
    Answer tenant_page(ControlRequest request, Clock::time_point deadline);
    /// What all proxy threads have counted; nothing if they do not tell in time.
    boost::asio::awaitable<std::optional<TrafficReport>> traffic(Clock::time_point deadline);
    Answer metrics(bool text, Clock::time_point deadline);
    Answer tenant_action(TenantId id, std::string action, bool serve, Clock::time_point deadline);
    Answer sync(TenantId id, bool serve, Clock::time_point deadline);
    Answer run(TenantId id, std::string action, Clock::time_point deadline);
    Answer halt(TenantId id, bool withdraw, Clock::time_point deadline);
    boost::asio::awaitable<bool> wait_until(std::shared_ptr<Tenant> tenant, bool (*done)(const Tenant&), Clock::time_point deadline);
    boost::asio::awaitable<void> published(TenantId id, Clock::time_point deadline);

    Supervisor& supervisor_;
};

}  // namespace mt::gateway
