// The rows of a relation are fetched for all holders at once (key IN …) and dealt out by key. A limit or skip of the scope counts
// for each holder, as in LoopBack, and is applied while dealing.
#include <map>

#include "tenant-app/crud/draft.hpp"
#include "tenant-app/query/operators.hpp"

namespace mt::app {

namespace {

struct ByValue {
    bool operator()(const Value& a, const Value& b) const { return compare_values(a, b) < 0; }
};
using Groups = std::map<Value, std::vector<std::size_t>, ByValue>;

/// LoopBack overwrites what the scope's where says of the key itself.
Where without_key(const Where& where, std::size_t key) {
    const auto is_key = [&](const Where& w) {
        return w.kind == Where::Kind::condition && w.condition.property == key && w.condition.path.empty() && w.condition.extra_key.empty();
    };
    if (is_key(where)) return Where{};
    if (where.kind != Where::Kind::all) return where;
    Where out;
    for (const auto& child : where.children) {
        if (!is_key(child)) out.children.push_back(child);
    }
    return out;
}

/// The target's rows whose key is among those of `groups`, in the scope's order.
Filter query_for(const Groups& groups, std::size_t key, const Filter& scope) {
    Where keys;
    keys.kind = Where::Kind::condition;
    keys.condition.property = key;
    keys.condition.op = Op::inq;
    keys.condition.operand = json::array();
    for (const auto& [value, holders] : groups) keys.condition.operand.push_back(value);
    Filter query;
    query.where = Where::both(without_key(scope.where, key), std::move(keys));
    query.order = scope.order;
    return query;
}

asio::awaitable<Status> load_one(const Repository::FindConnector& connector_of, const Model& model,
                                 std::vector<Instance*>& instances, const Filter& filter, const Include& include) {
    const auto& relation = *include.relation;
    if (relation.disable_include) co_return Status{};
    const bool belongs = relation.kind == RelationKind::belongs_to;
    const auto here = model.find_property(belongs ? relation.foreign_key : relation.primary_key);
    const auto there = relation.target->find_property(belongs ? relation.primary_key : relation.foreign_key);
    if (!here || !there || (filter.fields && !(*filter.fields)[*here])) co_return Status{};

    Groups groups;
    for (std::size_t i = 0; i < instances.size(); ++i) {
        instances[i]->included.push_back({include.relation, {}, &include.scope});
        const auto& value = instances[i]->record.values[*here];
        if (!value.is_null() && !is_undefined(value)) groups[value].push_back(i);
    }
    if (groups.empty()) co_return Status{};

    const auto query = query_for(groups, *there, include.scope);
    MT_CO_TRY(auto rows, co_await connector_of(*relation.target).find(*relation.target, query));
    std::vector<Instance> targets;
    targets.reserve(rows.size());
    for (auto& row : rows) targets.emplace_back(std::move(row));
    std::vector<Instance*> pointers;
    for (auto& target : targets) pointers.push_back(&target);
    MT_CO_CHECK(co_await load_includes(connector_of, *relation.target, std::move(pointers), include.scope));

    std::map<const void*, std::uint64_t> seen;  // per group: how many of its rows have come by, for skip and limit
    for (auto& target : targets) {
        const auto group = groups.find(target.record.values[*there]);
        if (group == groups.end()) continue;
        const auto number = seen[&*group]++;
        if (!belongs && number < include.scope.skip) continue;
        if (!belongs && include.scope.limit && number - include.scope.skip >= *include.scope.limit) continue;
        for (const auto holder : group->second) instances[holder]->included.back().instances.push_back(target);
    }
    co_return Status{};
}

}  // namespace

asio::awaitable<Status> load_includes(const Repository::FindConnector& connector_of, const Model& model,
                                      std::vector<Instance*> instances, const Filter& filter) {
    if (instances.empty()) co_return Status{};
    for (const auto& include : filter.include) {
        MT_CO_CHECK(co_await load_one(connector_of, model, instances, filter, include));
    }
    co_return Status{};
}

}  // namespace mt::app
