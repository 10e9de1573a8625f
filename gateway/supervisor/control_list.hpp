#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace mt::gateway {

/// What `GET /tenants?limit=…` asks for: a page of a long list.
struct ListQuery {
    enum class Order { name, state, requests, p95, errors, memory, restarts };
    std::string search;  ///< part of an id; empty: any
    std::string id;      ///< this one alone; empty: any
    std::string state;   ///< empty: any
    Order order = Order::name;
    bool descending = false;
    std::size_t offset = 0, limit = 50;  ///< at most 200

    /// Fails with usage for what cannot be asked.
    static Result<ListQuery> parse(const std::map<std::string, std::string>& parameters);
};

/// What a tenant is found and sorted by.
struct ListRow {
    std::string_view id, state;  ///< borrowed
    double requests_per_second = 0;
    std::optional<double> p95_ms;  ///< none: below all that have one
    std::uint64_t errors = 0, memory_bytes = 0, restarts = 0;
};

struct ListPage {
    std::size_t matching = 0;
    std::vector<std::size_t> rows;  ///< indices, in order; equal ones by id
};
/// Pure. `rows` is sorted by id.
ListPage page_of(const std::vector<ListRow>& rows, const ListQuery& query);

}  // namespace mt::gateway
