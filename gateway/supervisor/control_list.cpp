// A page of the tenants, for whoever must not be sent ten thousand rows every other second. All of them are looked at,
// a few numbers each; only those of the page are told in full.
#include "gateway/supervisor/control_list.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "gateway/supervisor/control_routes.hpp"

namespace mt::gateway {

namespace asio = boost::asio;

namespace {

constexpr std::size_t k_page_max = 200, k_offset_max = 10'000'000;

Result<std::size_t> whole_number(const std::string& key, const std::string& text, std::size_t most) {
    std::size_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error == std::errc{} && end == text.data() + text.size() && count <= most) return count;
    return Error{Errc::usage, key + " must be a whole number of at most " + std::to_string(most)};
}

Result<ListQuery::Order> order_of(const std::string& text) {
    using Order = ListQuery::Order;
    constexpr auto k_orders = std::to_array<std::pair<std::string_view, Order>>(
        {{"name", Order::name}, {"state", Order::state}, {"requests", Order::requests}, {"p95", Order::p95},
         {"errors", Order::errors}, {"memory", Order::memory}, {"restarts", Order::restarts}});
    for (const auto& [name, order] : k_orders)
        if (name == text) return order;
    return Error{Errc::usage, "tenants cannot be sorted by '" + text.substr(0, 40) + "'"}.hint(
        "name, state, requests, p95, errors, memory, restarts");
}

template <class Value>
int compare(const Value& a, const Value& b) { return a < b ? -1 : b < a ? 1 : 0; }

int compare(const ListRow& a, const ListRow& b, ListQuery::Order order) {
    switch (order) {
        case ListQuery::Order::name: return compare(a.id, b.id);
        case ListQuery::Order::state: return compare(a.state, b.state);
        case ListQuery::Order::requests: return compare(a.requests_per_second, b.requests_per_second);
        case ListQuery::Order::p95: return compare(a.p95_ms, b.p95_ms);
        case ListQuery::Order::errors: return compare(a.errors, b.errors);
        case ListQuery::Order::memory: return compare(a.memory_bytes, b.memory_bytes);
        case ListQuery::Order::restarts: return compare(a.restarts, b.restarts);
    }
    return 0;
}

double tenth(double value) { return std::round(value * 10) / 10; }

}  // namespace

Result<ListQuery> ListQuery::parse(const std::map<std::string, std::string>& parameters) {
    ListQuery query;
    for (const auto& [key, value] : parameters) {
        if (key == "search") query.search = value;
        else if (key == "id") query.id = value;
        else if (key == "state") query.state = value;
        else if (key == "order") query.descending = value == "desc";
        else if (key == "sort") {
            MT_TRY(query.order, order_of(value));
        } else if (key == "offset") {
            MT_TRY(query.offset, whole_number(key, value, k_offset_max));
        } else if (key == "limit") {
            MT_TRY(query.limit, whole_number(key, value, k_page_max));
        }
    }
    return query;
}

ListPage page_of(const std::vector<ListRow>& rows, const ListQuery& query) {
    ListPage page;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& row = rows[i];
        if (!query.id.empty() && row.id != query.id) continue;
        if (!query.state.empty() && row.state != query.state) continue;
        if (row.id.find(query.search) != std::string_view::npos) page.rows.push_back(i);
    }
    page.matching = page.rows.size();
    std::stable_sort(page.rows.begin(), page.rows.end(), [&](std::size_t a, std::size_t b) {
        const int order = compare(rows[a], rows[b], query.order);
        return query.descending ? order > 0 : order < 0;
    });
    const auto first = std::min(query.offset, page.rows.size());
    const auto last = first + std::min(query.limit, page.rows.size() - first);
    const auto begin = page.rows.begin();
    page.rows.assign(begin + static_cast<std::ptrdiff_t>(first), begin + static_cast<std::ptrdiff_t>(last));
    return page;
}

ControlRoutes::Answer ControlRoutes::tenant_page(ControlRequest request, Clock::time_point deadline) {
    MT_CO_TRY(const auto query, ListQuery::parse(request.query));
    const auto report = co_await traffic(deadline);
    const auto counted = report ? supervisor_.snapshot(*report) : TrafficSnapshot{Clock::now(), {}};
    std::vector<std::shared_ptr<Tenant>> tenants;  // held: the loop turns below
    for (const auto& [id, tenant] : supervisor_.tenants_) tenants.push_back(tenant);
    std::vector<ListRow> rows;
    std::map<std::string, std::size_t, std::less<>> states;
    double requests_per_second = 0;
    for (std::size_t i = 0; i < tenants.size(); ++i) {
        if (i % 1000 == 999) co_await asio::post(supervisor_.io_, asio::use_awaitable);
        const auto& tenant = *tenants[i];
        const auto figures = supervisor_.traffic_.figures(counted, tenant.id().str());
        ListRow row{tenant.id().str(), name(tenant.state()), figures.requests_per_second, figures.p95_ms,
                    tenant.entry()->gate->server_errors.load(), 0, tenant.restarts()};
        if (query.order == ListQuery::Order::memory && tenant.has_worker()) row.memory_bytes = tenant.serving_memory_bytes();
        ++states[std::string{row.state}];
        requests_per_second += row.requests_per_second;
        rows.push_back(row);
    }
    const auto page = page_of(rows, query);
    auto list = json::array();
    for (const auto index : page.rows) {
        auto row = tenants[index]->status();
        row["requests_per_second"] = tenth(rows[index].requests_per_second);
        row["p95_ms"] = rows[index].p95_ms ? json(tenth(*rows[index].p95_ms)) : json();
        list.push_back(std::move(row));
    }
    co_return json{{"total", tenants.size()}, {"matching", page.matching}, {"offset", query.offset},
                   {"limit", query.limit}, {"states", states}, {"requests_per_second", tenth(requests_per_second)},
                   {"tenants", std::move(list)}};
}

}  // namespace mt::gateway
