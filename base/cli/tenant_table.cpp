#include "base/cli/tenant_table.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace mt::cli {

namespace {

const json& member(const json& row, const std::string& name) {
    static const json none;
    const auto found = row.find(name);
    return found == row.end() ? none : *found;
}

template <class Matches>
const SortKey* find_key(Matches matches) {
    const auto found = std::find_if(sort_keys().begin(), sort_keys().end(), matches);
    return found == sort_keys().end() ? nullptr : &*found;
}

}  // namespace

const std::vector<Column>& tenant_columns() {
    static const std::vector<Column> all = {
        {"TENANT", "id"},
        {"STATE", "state", Show::state},
        {"PID", "pid", Show::count, 6},
        {"UP", "uptime_ms", Show::duration, 5},
        {"REQ/S", "requests_per_second", Show::count, 1},
        {"P95", "p95_ms", Show::milliseconds, 2},
        {"5XX", "server_errors", Show::count, 4},
        {"MEM", "memory_bytes", Show::bytes, 3},
        {"RESTARTS", "restarts", Show::count, 7},
        {"REV", "revision", Show::text, 8},
    };
    return all;
}

const std::vector<SortKey>& sort_keys() {
    static const std::vector<SortKey> all = {
        {"requests", 'r', "requests_per_second", true},
        {"p95", 'p', "p95_ms", true},
        {"errors", 'e', "server_errors", true},
        {"memory", 'm', "memory_bytes", true},
        {"restarts", 'x', "restarts", true},
        {"up", 'u', "uptime_ms", true},
        {"state", 's', "state", false},
        {"name", 'n', "id", false},
    };
    return all;
}

const SortKey* sort_key(const std::string& name) {
    return find_key([&](const SortKey& each) { return each.name == name; });
}
const SortKey* sort_key(char key) {
    return find_key([&](const SortKey& each) { return each.key == key; });
}

void sort_tenants(json& rows, const SortKey& by) {
    std::sort(rows.begin(), rows.end(), [&](const json& a, const json& b) {
        const auto &left = member(a, by.member), &right = member(b, by.member);
        if (left.is_null() != right.is_null()) return right.is_null();
        if (left != right) return by.descending ? right < left : left < right;
        return member(a, "id") < member(b, "id");
    });
}

}  // namespace mt::cli
