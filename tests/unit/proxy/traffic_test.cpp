#include <doctest/doctest.h>

#include "gateway/proxy/traffic.hpp"

using namespace mt::gateway;
using std::chrono::microseconds;

namespace {
std::shared_ptr<const TenantEntry> tenant(const char* id) {
    return std::make_shared<TenantEntry>(TenantEntry{*mt::TenantId::parse(id), "", {}, std::make_shared<TenantGate>()});
}
}  // namespace

TEST_CASE("Traffic: counts by class and latency, and adds up") {
    Traffic traffic;
    traffic.count(200, microseconds{1'000}, 10, 20);
    traffic.count(503, microseconds{1'001}, 0, 5);
    traffic.count(200, microseconds{60'000'000}, 0, 0);
    traffic.count(101, microseconds{60'000'000}, 7, 7);
    CHECK(traffic.by_class == std::array<std::uint64_t, 5>{1, 2, 0, 0, 1});
    CHECK(traffic.latency[0] == 1);
    CHECK(traffic.latency[1] == 1);
    CHECK(traffic.latency.back() == 1);  // a tunnel has none
    CHECK(traffic.bytes_in == 17);
    CHECK(traffic.bytes_out == 32);
    auto sum = traffic;
    sum += traffic;
    CHECK(sum.by_class[1] == 4);
    CHECK(sum.latency_sum == 2 * traffic.latency_sum);
}

TEST_CASE("TrafficRows: the first so many tenants have rows of their own, the others one") {
    TrafficRows rows{2};
    const auto a = tenant("a"), b = tenant("b"), c = tenant("c");
    const auto row = rows.row_of(*a);
    CHECK(row >= TrafficRows::k_first);
    CHECK(rows.row_of(*a) == row);
    CHECK(rows.row_of(*b) != row);
    CHECK(rows.row_of(*c) == TrafficRows::k_other);
    CHECK(rows.named().size() == 2);
}

namespace {

TenantTable table_with(std::shared_ptr<const TenantEntry> tenant) {
    TenantTable table;
    const auto id = tenant->id.str();
    table.set(id, std::move(tenant));
    return table;
}

}  // namespace

TEST_CASE("TrafficRows: a tenant that is gone gives its row away once every thread has emptied it") {
    TrafficRows rows{1};
    const auto a = tenant("a"), again = tenant("a"), b = tenant("b");
    const auto row = rows.row_of(*a);
    CHECK(rows.retire(table_with(a)).empty());
    const auto gone = rows.retire(table_with(again));  // another one of that name
    CHECK(gone == std::vector<std::uint32_t>{row});
    CHECK(rows.row_of(*a) == TrafficRows::k_other);
    CHECK(rows.named().empty());
    CHECK(rows.row_of(*b) == TrafficRows::k_other);
    rows.free(gone);
    CHECK(rows.row_of(*again) == row);
}

TEST_CASE("TrafficRows: a gate that takes over from a tenant's former one keeps its row") {
    TrafficRows rows{1};
    const auto before = tenant("a"), after = tenant("a");
    const auto row = rows.row_of(*before);
    after->gate->traffic_row = before->gate->traffic_row.load();
    CHECK(rows.retire(table_with(after)).empty());
    CHECK(rows.row_of(*after) == row);
    CHECK(rows.named().front().gate == after->gate);
}
