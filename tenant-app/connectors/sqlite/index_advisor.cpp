#include "tenant-app/connectors/sqlite/index_advisor.hpp"

#include <algorithm>

namespace mt::app::sqlite {

namespace {

constexpr std::size_t k_indexes_per_table_max = 4;
constexpr std::size_t k_known_max = 256;
/// An index is worth its making and keeping once this many rows, and twenty times the table, have been looked at in vain.
constexpr std::uint64_t k_in_vain_min = 100'000, k_in_vain_tables = 20;
/// A step through an index costs what four of a look at all rows cost: each fetches its row.
constexpr std::uint64_t k_index_step = 4;
/// Rows change: what sorted by itself tries its index again after so many times.
constexpr unsigned k_sorts_before_retry = 200;

/// What an index would serve of a filter: rows equal in one column, and the order of another.
struct Shape {
    std::optional<std::size_t> equal;
    const Order* order = nullptr;
};

bool is_plain_column(const Model& model, std::size_t property) {
    return property != model.id_index && sql::is_scalar(model.properties[property]);
}

void find_equal(const Model& model, const Where& where, Shape& shape) {
    if (where.kind == Where::Kind::all)
        for (const auto& child : where.children) find_equal(model, child, shape);
    if (where.kind != Where::Kind::condition || shape.equal) return;
    const auto& c = where.condition;
    const bool equal = (c.op == Op::eq && !c.operand.is_null()) || c.op == Op::inq;
    if (equal && c.path.empty() && c.extra_key.empty() && is_plain_column(model, c.property)) shape.equal = c.property;
}

Shape shape_of(const Model& model, const Filter& filter) {
    Shape shape;
    find_equal(model, filter.where, shape);
    if (filter.limit && !filter.order.empty()) {
        const auto& first = filter.order.front();
        if (first.path.empty() && !first.from && is_plain_column(model, first.property)) shape.order = &first;
    }
    return shape;
}

std::string lower(std::string name) {
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return name;
}

std::string prefix_of(const Model& model) { return std::string{IndexAdvisor::k_prefix} + model.table + "_"; }

IndexAdvisor::Index index_for(const Model& model, const Shape& shape) {
    std::string name = prefix_of(model), columns;
    if (shape.equal) {
        const auto& column = model.properties[*shape.equal].column;
        name += column;
        columns = sql::quote(column);
    }
    if (shape.order) {
        const auto& column = model.properties[shape.order->property].column;
        name += (shape.equal ? "_" : "") + column + (shape.order->descending ? "_desc" : "");
        columns += (shape.equal ? ", " : "") + sql::quote(column) + (shape.order->descending ? " DESC" : "");
    }
    auto sql = "CREATE INDEX IF NOT EXISTS " + sql::quote(name) + " ON " + sql::quote(model.table) + " (" + columns + ")";
    return {lower(std::move(name)), std::move(sql)};
}

}  // namespace

std::optional<IndexAdvisor::Index> IndexAdvisor::note(const Table& table, const Filter& filter, const std::string& read,
                                                      std::uint64_t looked_at, std::uint64_t answered, bool sorted) {
    // Cheap for the usual read, which an index leads.
    if (looked_at < 100 || looked_at < 8 * answered) return std::nullopt;
    const auto& model = *table.model;
    const auto shape = shape_of(model, filter);
    if (!shape.equal && !shape.order) return std::nullopt;
    auto index = index_for(model, shape);
    auto& rows = rows_[model.table];
    if (existing_.contains(index.name)) {
        if (sorted) rows = looked_at;
        if (sorted || looked_at * k_index_step <= rows) return std::nullopt;
        if (disappointing_.size() >= k_known_max) disappointing_.clear();
        // Where the size of the table is not known yet, one look tells.
        disappointing_[read] = rows == 0 ? 1 : k_sorts_before_retry;
        return std::nullopt;
    }
    rows = std::max(rows, looked_at);
    if (tallies_.size() >= k_known_max) tallies_.clear();
    auto& tally = tallies_[index.name];
    tally.in_vain += looked_at - answered;
    if (tally.advised || tally.in_vain < k_in_vain_min + k_in_vain_tables * looked_at) return std::nullopt;
    tally.advised = true;
    const auto prefix = lower(prefix_of(model));
    const auto ours = std::count_if(existing_.begin(), existing_.end(), [&](const auto& name) { return name.starts_with(prefix); });
    if (static_cast<std::size_t>(ours) >= k_indexes_per_table_max) return std::nullopt;
    existing_.insert(index.name);
    return index;
}

bool IndexAdvisor::should_sort(const std::string& read) {
    const auto known = disappointing_.find(read);
    if (known == disappointing_.end()) return false;
    if (known->second-- > 0) return true;
    disappointing_.erase(known);
    return false;
}

}  // namespace mt::app::sqlite
