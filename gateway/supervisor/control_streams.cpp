// The streams of the control protocol: a feed between a reader's session, on this thread, and whoever has lines for it.
#include <charconv>
#include <nlohmann/json.hpp>

#include "gateway/supervisor/control_routes.hpp"

namespace mt::gateway {

namespace {

/// A whole number of at least 0 out of the query. Fails with usage.
Result<std::uint64_t> count_of(const ControlRequest& request, const std::string& key, std::uint64_t otherwise) {
    const auto found = request.query.find(key);
    if (found == request.query.end()) return otherwise;
    const auto& text = found->second;
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || end != text.data() + text.size() || count > 1'000'000'000)
        return Error{Errc::usage, key + " must be a whole number of at least 0"};
    return count;
}

}  // namespace

std::optional<Result<ControlStream>> ControlRoutes::stream(const ControlRequest& request) {
    if (request.method != "GET") return std::nullopt;
    if (request.path == "/events" && request.query.contains("follow")) return follow_events(request);
    constexpr std::string_view before = "/tenants/", requests = "/requests", log = "/log";
    const auto of_tenant = [&](std::string_view behind) {
        return request.path.starts_with(before) && request.path.ends_with(behind) &&
               request.path.size() > before.size() + behind.size();
    };
    const auto tenant = [&](std::string_view behind) {
        return request.path.substr(before.size(), request.path.size() - before.size() - behind.size());
    };
    if (of_tenant(requests)) return follow_requests(tenant(requests), request);
    if (of_tenant(log)) return follow_log(tenant(log), request);
    return std::nullopt;
}

Result<ControlStream> ControlRoutes::follow_requests(const std::string& id, const ControlRequest& request) {
    MT_TRY(const auto tenant, TenantId::parse(id));
    if (!supervisor_.find(tenant.str()))
        return Error{Errc::no_such_tenant, "there is no tenant '" + tenant.str() + "'"}.of_tenant(tenant.str());
    MT_TRY(const auto slow, count_of(request, "slow_ms", 0));
    const auto feed = std::make_shared<LineFeed>(supervisor_.io_);
    auto tap = std::make_shared<Tap>();
    tap->tenant = tenant.str();
    tap->slow = std::chrono::milliseconds{slow};
    if (const auto statuses = request.query.find("status"); statuses != request.query.end()) {
        MT_TRY(tap->statuses, parse_statuses(statuses->second));
    }
    tap->put = [feed](const std::string& line) { feed->put(line); };
    supervisor_.context_.proxy->tap(tap);
    // A session may outlive the supervisor by the rest of its loop's life.
    return ControlStream{feed, supervisor_.lifeline_.guard([this, tap] { supervisor_.context_.proxy->untap(tap); })};
}

Result<ControlStream> ControlRoutes::follow_events(const ControlRequest& request) {
    MT_TRY(const auto lines, count_of(request, "lines", 0));
    const auto feed = std::make_shared<LineFeed>(supervisor_.io_);
    supervisor_.events_.follow(feed, lines);
    return ControlStream{feed, supervisor_.lifeline_.guard([this, feed] { supervisor_.events_.forget(feed); })};
}

}  // namespace mt::gateway
