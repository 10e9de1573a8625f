#pragma once
#include "gateway/supervisor/supervisor.hpp"

namespace mt::gateway {

/// The control protocol of docs/ARCHITECTURE.md, one function per route.
class ControlRoutes {
public:
    explicit ControlRoutes(Supervisor& supervisor) : supervisor_(supervisor) {}
    boost::asio::awaitable<Result<json>> handle(ControlRequest request);

private:
    using Clock = std::chrono::steady_clock;
    using Answer = boost::asio::awaitable<Result<json>>;

    Answer tenant_list();
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
