#include <algorithm>

#include "tenant-app/jobs/discover/candidate.hpp"
#include "tenant-app/model/pluralize.hpp"

namespace mt::app {

namespace {

/// customerId → customer. Where that is taken, with LoopBack's ending.
std::string belongs_name(Candidate& holder, const std::string& property, const Candidate& target) {
    const bool named = property.size() > 2 && (property.ends_with("Id") || property.ends_with("ID"));
    auto name = named ? property.substr(0, property.size() - 2) : camelize_lower(target.model);
    if (holder.members.has(name)) name += "Rel";
    return holder.members.take(name);
}

/// customer_order of Customer: orders would be guessing, so customerOrders.
std::string inverse_name(const Candidate& holder, bool one, const std::string& forward, const Candidate& target) {
    auto name = one ? camelize_lower(holder.model) : pluralize(camelize_lower(holder.model));
    if (target.members.has(name)) name += "By" + discovered_model_name(forward);
    return name;
}

void tie(Candidate& holder, const FoundKey& key, const std::string& property, Candidate& target,
         const std::string& referred) {
    const bool by_id = target.refers_to_id(key.target_columns.front());
    const auto add = [&](Candidate& side, const std::string& name, const char* type, const Candidate& other) {
        ordered_json relation{{"type", type}, {"model", other.model}, {"foreignKey", property}};
        if (!by_id) relation["primaryKey"] = referred;
        side.relations[name] = std::move(relation);
        side.relation_lines.push_back(name + " " + type + " " + other.model);
    };
    const auto forward = belongs_name(holder, property, target);
    add(holder, forward, "belongsTo", target);
    const bool one = holder.table->is_unique(key.columns.front());
    const auto inverse = inverse_name(holder, one, forward, target);
    if (target.is_new()) add(target, target.members.take(inverse), one ? "hasOne" : "hasMany", holder);
    else holder.notes.push_back("the model " + target.model + " stays as it is: it gets no relation " + inverse);
}

Candidate* candidate_of(std::vector<Candidate>& candidates, const std::string& table) {
    const auto found = std::find_if(candidates.begin(), candidates.end(),
                                    [&](const Candidate& candidate) { return candidate.table->name == table; });
    return found == candidates.end() ? nullptr : &*found;
}

/// Empty: it has been made.
std::string why_no_relation(Candidate& holder, const FoundKey& key, std::vector<Candidate>& candidates) {
    if (key.columns.size() != 1) return "it has several columns";
    if (key.target.empty()) return "it refers to another schema";
    const auto property = holder.property_of(key.columns.front());
    if (property.empty()) return "its column is left out";
    auto* target = candidate_of(candidates, key.target);
    const bool has_model = target && (target->is_new() || target->existing);
    const auto referred = has_model ? target->property_of(key.target_columns.front()) : std::string{};
    if (referred.empty()) return "the table " + key.target + " has no model here";
    tie(holder, key, property, *target, referred);
    return {};
}

}  // namespace

void relate(std::vector<Candidate>& candidates) {
    for (auto& holder : candidates) {
        if (!holder.is_new()) continue;
        for (const auto& key : holder.table->foreign_keys) {
            const auto why = why_no_relation(holder, key, candidates);
            if (why.empty()) continue;
            std::string columns;
            for (const auto& column : key.columns) columns += (columns.empty() ? "" : ", ") + column;
            holder.notes.push_back("no relation for the foreign key of " + columns + ": " + why);
        }
    }
}

}  // namespace mt::app
