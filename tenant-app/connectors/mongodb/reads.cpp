#include <algorithm>
#include <limits>

#include "tenant-app/connectors/mongodb/conditions.hpp"
#include "tenant-app/connectors/mongodb/operations.hpp"
#include "tenant-app/connectors/mongodb/values.hpp"
#include "tenant-app/connectors/mongodb/walk.hpp"
#include "tenant-app/data/sort_rows.hpp"

namespace mt::app::mongodb {

namespace {

std::int64_t bounded(std::uint64_t number) {
    return static_cast<std::int64_t>(std::min<std::uint64_t>(number, std::numeric_limits<std::int64_t>::max()));
}

Document order_of(const Library& library, const Table& table, const Filter& filter) {
    Document sort{library};
    for (const auto& order : filter.order) {
        sort.number(table.fields[order.property], order.descending ? -1 : 1);
        if (order.property == table.model->id_index) return sort;  // no two rows are equal in it
    }
    sort.number("_id", 1);
    return sort;
}

/// In an order, or with conditions, of which the server knows nothing.
Result<std::vector<Record>> find_here(Client& client, const Table& table, const Filter& filter) {
    std::vector<Record> found;
    // In the order of ids nothing that comes later can come first.
    const bool by_id = filter.order.empty() && filter.limit;
    MT_CHECK(walk(client, table, filter.where, [&](Record&& record) {
        found.push_back(std::move(record));
        return !by_id || found.size() - std::min<std::uint64_t>(found.size(), filter.skip) < *filter.limit;
    }));
    std::vector<const Record*> sorted;
    for (const auto& record : found) sorted.push_back(&record);
    sort_rows(sorted, filter);
    std::vector<Record> rows;
    for (std::size_t i = filter.skip; i < sorted.size() && (!filter.limit || rows.size() < *filter.limit); ++i)
        rows.push_back(*sorted[i]);
    return rows;
}

}  // namespace

Status walk(Client& client, const Table& table, const Where& where, const std::function<bool(Record&&)>& visit) {
    const auto& library = client.library();
    Document order{library}, options{library};
    order.number("_id", 1);
    options.child("sort", order);
    const Matcher matches{where};
    return client.find(table.name, condition_of(library, table, where), std::move(options), [&](Row row) -> Result<bool> {
        auto record = record_of(library, table, row);
        return !matches(record) || visit(std::move(record));
    });
}

Result<std::vector<Record>> find_rows(Client& client, const Table& table, const Filter& filter) {
    std::vector<Record> rows;
    if (filter.limit && *filter.limit == 0) return rows;
    const bool sorted = std::all_of(filter.order.begin(), filter.order.end(),
                                    [&](const Order& order) { return sorts(table, order); });
    if (!sorted || !is_exact(table, filter.where)) return find_here(client, table, filter);
    const auto& library = client.library();
    Document options{library};
    options.child("sort", order_of(library, table, filter));
    if (filter.skip > 0) options.number("skip", bounded(filter.skip));
    if (filter.limit) options.number("limit", bounded(*filter.limit));
    const auto condition = condition_of(library, table, filter.where);
    MT_CHECK(client.find(table.name, condition, std::move(options), [&](Row row) -> Result<bool> {
        rows.push_back(record_of(library, table, row));
        return true;
    }));
    return rows;
}

Result<std::uint64_t> count_rows(Client& client, const Table& table, const Where& where) {
    std::uint64_t rows = 0;
    if (!is_exact(table, where)) {
        MT_CHECK(walk(client, table, where, [&](Record&&) { return ++rows > 0; }));
        return rows;
    }
    Document command{client.library()};
    command.text("count", table.name).child("query", condition_of(client.library(), table, where));
    MT_TRY(const auto answer, client.command(std::move(command)));
    return answer.value("n", rows);
}

}  // namespace mt::app::mongodb
