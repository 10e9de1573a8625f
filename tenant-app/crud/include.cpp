// The rows of a relation are fetched for all holders at once (key IN …) and dealt out by key. A limit or skip of the scope counts
// for each holder, as in LoopBack, and is applied while dealing.
#include <map>

#include "tenant-app/crud/draft.hpp"
#include "tenant-app/model/relation_keys.hpp"
#include "tenant-app/query/operators.hpp"

namespace mt::app {

namespace {

struct ByValue {
    bool operator()(const Value& a, const Value& b) const { return compare_values(a, b) < 0; }
};
using Groups = std::map<Value, std::vector<std::size_t>, ByValue>;

bool present(const Value& value) { return !value.is_null() && !is_undefined(value); }

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

/// The rows whose key is among those of `groups`, in the scope's order.
Filter query_for(const Groups& groups, std::size_t key, const Filter& scope) {
    auto keys = json::array();
    for (const auto& [value, holders] : groups) keys.push_back(value);
    Filter query;
    query.where = Where::both(without_key(scope.where, key), Where::among(key, std::move(keys)));
    query.order = scope.order;
    return query;
}

/// Deals targets out to holders, and keeps count of how many each has been offered.
class Dealer {
public:
    Dealer(std::vector<Instance*>& holders, const Filter& scope, bool many)
        : holders_(holders), scope_(scope), many_(many), offered_(holders.size(), 0) {}

    void deal(std::size_t holder, const Instance& target) {
        if (wants(holder)) holders_[holder]->included.back().instances.push_back(target);
    }

    /// To each of several; most targets have one holder, who need not get a copy.
    void deal(const std::vector<std::size_t>& holders, Instance&& target) {
        for (std::size_t i = 0; i + 1 < holders.size(); ++i) deal(holders[i], target);
        if (wants(holders.back())) holders_[holders.back()]->included.back().instances.push_back(std::move(target));
    }

private:
    /// Counts an offer, and answers whether skip and limit let it in.
    bool wants(std::size_t holder) {
        const auto number = offered_[holder]++;
        return !many_ || (number >= scope_.skip && (!scope_.limit || number - scope_.skip < *scope_.limit));
    }

    std::vector<Instance*>& holders_;
    const Filter& scope_;
    bool many_;
    std::vector<std::uint64_t> offered_;
};

std::vector<Instance*> pointers_to(std::vector<Instance>& instances) {
    std::vector<Instance*> out;
    for (auto& instance : instances) out.push_back(&instance);
    return out;
}

void announce(std::vector<Instance*>& instances, const Include& include) {
    for (auto* instance : instances) instance->included.push_back({include.relation, {}, &include.scope});
}

}  // namespace

std::vector<Instance> instances_of(std::vector<Record> rows) {
    std::vector<Instance> out;
    out.reserve(rows.size());
    for (auto& row : rows) out.emplace_back(std::move(row));
    return out;
}

Repository::Instances Repository::with_includes(const Model& model, std::vector<Record> rows, const Filter& filter) {
    auto instances = instances_of(std::move(rows));
    if (!filter.include.empty()) {
        auto pointers = pointers_to(instances);
        MT_CO_CHECK(co_await load_includes(model, std::move(pointers), filter));
    }
    co_return instances;
}

asio::awaitable<Status> Repository::load_includes(const Model& model, std::vector<Instance*> instances, const Filter& filter) {
    if (instances.empty()) co_return Status{};
    for (const auto& include : filter.include) {
        const auto& relation = *include.relation;
        if (relation.embeds()) MT_CO_CHECK(co_await load_embedded(model, instances, include));
        else if (!relation.target) MT_CO_CHECK(co_await load_polymorphic(model, instances, include));
        else if (relation.kind == RelationKind::has_many_through) MT_CO_CHECK(co_await load_through(model, instances, include));
        else MT_CO_CHECK(co_await load_one(model, instances, filter, include));
    }
    co_return Status{};
}

asio::awaitable<Status> Repository::load_one(const Model& model, std::vector<Instance*>& instances, const Filter& filter,
                                             const Include& include) {
    const auto& relation = *include.relation;
    const auto keys = keys_of(model, relation);
    if (!keys || (filter.fields && !(*filter.fields)[keys->here])) co_return Status{};

    announce(instances, include);
    const bool lists = relation.kind == RelationKind::references_many;
    Groups groups;
    for (std::size_t i = 0; i < instances.size(); ++i) {
        const auto& value = instances[i]->record.values[keys->here];
        if (lists && value.is_array()) {
            for (const auto& id : value) if (present(id)) groups[id].push_back(i);
        } else if (!lists && present(value)) {
            groups[value].push_back(i);
        }
    }
    if (groups.empty()) co_return Status{};

    auto query = query_for(groups, keys->there, include.scope);
    if (keys->discriminator) {
        query.where = Where::both(std::move(query.where), Where::equals(*keys->discriminator, discriminator_of(model, relation)));
    }
    MT_CO_TRY(auto found, co_await rows(*relation.target, std::move(query)));
    auto targets = instances_of(std::move(found));
    auto pointers = pointers_to(targets);
    MT_CO_CHECK(co_await load_includes(*relation.target, std::move(pointers), include.scope));

    Dealer dealer{instances, include.scope, relation.to_many()};
    if (lists && include.scope.order.empty()) {
        // In the order of each holder's list.
        std::map<Value, const Instance*, ByValue> by_id;
        for (const auto& target : targets) by_id.emplace(target.record.values[keys->there], &target);
        for (std::size_t i = 0; i < instances.size(); ++i) {
            const auto& ids = instances[i]->record.values[keys->here];
            if (!ids.is_array()) continue;
            for (const auto& id : ids) {
                if (const auto target = by_id.find(id); target != by_id.end()) dealer.deal(i, *target->second);
            }
        }
        co_return Status{};
    }
    for (auto& target : targets) {
        const auto group = groups.find(target.record.values[keys->there]);
        if (group != groups.end()) dealer.deal(group->second, std::move(target));
    }
    co_return Status{};
}

/// Two queries: the rows that tie, then the targets.
asio::awaitable<Status> Repository::load_through(const Model& model, std::vector<Instance*>& instances, const Include& include) {
    const auto& relation = *include.relation;
    const auto keys = keys_of(model, relation);
    if (!keys) co_return Status{};
    announce(instances, include);
    Groups holders;
    for (std::size_t i = 0; i < instances.size(); ++i) {
        const auto& value = instances[i]->record.values[keys->here];
        if (present(value)) holders[value].push_back(i);
    }
    if (holders.empty()) co_return Status{};
    MT_CO_TRY(const auto scope, parse_filter(registry_, *relation.through, relation.scope ? *relation.scope : json{}));
    auto query = query_for(holders, keys->through_here, scope);
    if (keys->discriminator) {
        query.where = Where::both(std::move(query.where), Where::equals(*keys->discriminator, discriminator_of(model, relation)));
    }
    MT_CO_TRY(const auto ties, co_await rows(*relation.through, std::move(query)));
    Groups groups;
    for (const auto& tie : ties) {
        const auto tied = holders.find(tie.values[keys->through_here]);
        const auto& id = tie.values[keys->through_there];
        if (tied == holders.end() || !present(id)) continue;
        auto& group = groups[id];
        group.insert(group.end(), tied->second.begin(), tied->second.end());
    }
    if (groups.empty()) co_return Status{};
    auto wanted = query_for(groups, keys->there, include.scope);
    MT_CO_TRY(auto found, co_await rows(*relation.target, std::move(wanted)));
    auto targets = instances_of(std::move(found));
    auto pointers = pointers_to(targets);
    MT_CO_CHECK(co_await load_includes(*relation.target, std::move(pointers), include.scope));
    Dealer dealer{instances, include.scope, true};
    for (auto& target : targets) {
        const auto group = groups.find(target.record.values[keys->there]);
        if (group != groups.end()) dealer.deal(group->second, std::move(target));
    }
    co_return Status{};
}

/// Every holder names its target's model: one query per model that is named.
asio::awaitable<Status> Repository::load_polymorphic(const Model& model, std::vector<Instance*>& instances, const Include& include) {
    const auto& relation = *include.relation;
    const auto here = model.find_property(relation.foreign_key), type = model.find_property(relation.discriminator);
    if (!here || !type) co_return Status{};
    announce(instances, include);
    std::map<const Model*, Groups> by_model;
    for (std::size_t i = 0; i < instances.size(); ++i) {
        const auto& values = instances[i]->record.values;
        const auto* target = values[*type].is_string() ? registry_.find(values[*type].get_ref<const std::string&>()) : nullptr;
        if (target && target->persisted && present(values[*here])) by_model[target][values[*here]].push_back(i);
    }
    for (const auto& [target, groups] : by_model) {
        const auto there = target->find_property(relation.primary_key);
        if (!there) continue;
        MT_CO_TRY(auto parsed, parse_filter(registry_, *target, include.raw ? *include.raw : json{}));
        if (parsed.fields) (*parsed.fields)[*there] = true;
        const auto scope = std::make_shared<const Filter>(std::move(parsed));
        auto query = query_for(groups, *there, *scope);
        MT_CO_TRY(auto found, co_await rows(*target, std::move(query)));
        auto targets = instances_of(std::move(found));
        auto pointers = pointers_to(targets);
        MT_CO_CHECK(co_await load_includes(*target, std::move(pointers), *scope));
        for (auto& one : targets) {
            one.model = target;
            const auto group = groups.find(one.record.values[*there]);
            if (group == groups.end()) continue;
            for (const auto holder : group->second) {
                auto& included = instances[holder]->included.back();
                included.instances.push_back(one);
                included.scope = scope.get();
                included.own_scope = scope;
            }
        }
    }
    co_return Status{};
}

/// What is embedded is there already.
asio::awaitable<Status> Repository::load_embedded(const Model& model, std::vector<Instance*>& instances, const Include& include) {
    announce(instances, include);
    for (auto* instance : instances) {
        MT_CO_TRY(auto found, co_await embedded_find(model, instance->record, *include.relation, &include.scope));
        instance->included.back().instances = std::move(found);
    }
    co_return Status{};
}

}  // namespace mt::app
