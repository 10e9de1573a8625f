// In two rounds over the tables: which of them become models, which column is the id, and what their properties are
// called; then how they are related, since a relation needs both sides to be named. Then each is written down as
// LoopBack's own discovery does it.
#include "tenant-app/jobs/discover/models.hpp"

#include <fnmatch.h>

#include <algorithm>

#include "tenant-app/jobs/discover/candidate.hpp"
#include "tenant-app/model/nearest.hpp"
#include "tenant-app/model/pluralize.hpp"

namespace mt::app {

namespace {

using State = Candidate::State;

constexpr std::size_t k_model_name_max = 63;

bool is_ours(const FoundTable& table) { return table.name.starts_with("_mtg_"); }

bool matches(const std::string& pattern, const std::string& table) {
    return ::fnmatch(pattern.c_str(), table.c_str(), 0) == 0;
}

bool means(const DiscoverOrder& order, const std::string& table) {
    return order.patterns.empty() || std::any_of(order.patterns.begin(), order.patterns.end(),
                                                 [&](const std::string& pattern) { return matches(pattern, table); });
}

bool can_be_id(const FoundTable& table, const std::string& column) {
    const auto* found = table.find(column);
    return found && found->type && *found->type != Type::object;
}

/// The primary key; where that is no single column, one that is unique and not null.
void find_id(Candidate& candidate) {
    const auto& table = *candidate.table;
    candidate.id_columns = table.primary_key;
    const auto other = std::find_if(table.columns.begin(), table.columns.end(), [&](const FoundColumn& column) {
        return !column.nullable && table.is_unique(column.name) && can_be_id(table, column.name);
    });
    if (candidate.id_columns.size() != 1 && other != table.columns.end()) {
        candidate.notes.push_back("its primary key is no single column: " + other->name + ", which is unique, is the id");
        candidate.id_columns = {other->name};
    }
    if (candidate.id_columns.empty())
        candidate.leave(State::skipped, "it has no primary key, and no column that is unique and not null");
    for (const auto& column : candidate.id_columns)
        if (!can_be_id(table, column))
            return candidate.leave(State::skipped, "its key " + column + " is of a type that no id can be of: " +
                                                       table.find(column)->whole_type);
    if (candidate.has_composite_id())
        candidate.notes.push_back("its key has several columns, and a path would name rows by " +
                                  candidate.id_columns.front() + " alone: it is not public, and serves relations");
}

std::string why_left_out(const FoundColumn& column) {
    std::string note = "the column " + column.name + " is left out: ";
    if (column.computed) return note + "the database computes it";
    note += "no property can be of the type " + column.whole_type;
    const bool needed = !column.nullable && column.default_sql.empty();
    return needed ? note + ", and without a value for it no row can be made" : note;
}

void add_properties(Candidate& candidate) {
    for (const auto& column : candidate.table->columns) {
        if (!column.type || (column.computed && !candidate.is_id(column.name))) {
            candidate.notes.push_back(why_left_out(column));
            continue;
        }
        auto name = discovered_property_name(column.name);
        if (candidate.members.has(name) && column.name.find('.') == std::string::npos) name = column.name;
        candidate.properties.push_back({&column, candidate.members.take(name)});
    }
}

/// What of the tenant's models the new ones must keep clear of.
class Surroundings {
public:
    Surroundings(const Registry& registry, const Datasource& datasource)
        : registry_(registry), datasource_(datasource) {
        for (const auto& model : registry.models) {
            models_.add(model->name);
            plurals_.add(model->plural);
        }
    }

    void settle(Candidate& candidate) {
        candidate.existing = model_of(candidate.table->name);
        if (candidate.existing) {
            candidate.model = candidate.existing->name;
            return candidate.leave(State::exists, "the model " + candidate.model + " has this table");
        }
        if (!candidate.asked_for) return candidate.leave(State::skipped, "it was not asked for");
        if (!candidate.table->readable) return candidate.leave(State::skipped, "the login may not read it");
        find_id(candidate);
        if (candidate.is_new()) give_name(candidate);
    }

private:
    const Model* model_of(const std::string& table) const {
        for (const auto& model : registry_.models)
            if (model->datasource == datasource_.name && model->persisted && alike(model->table, table) &&
                (model->schema.empty() || model->schema == datasource_.settings->value("schema", "public")))
                return model.get();
        return nullptr;
    }

    void give_name(Candidate& candidate) {
        const auto name = discovered_model_name(candidate.table->name);
        if (name.empty() || name.size() > k_model_name_max)
            return candidate.leave(State::skipped, "no model can be named after it");
        for (const auto& model : registry_.models)
            if (alike(model->name, name)) {
                candidate.model = model->name;
                return candidate.leave(State::exists, "there is a model " + model->name + " already, of another table");
            }
        candidate.model = models_.take(name);
        const auto plural = pluralize(candidate.model);
        const auto free = plurals_.take(plural);
        if (free == plural) return;
        candidate.plural = free;
        candidate.notes.push_back("another model's path is /" + plural + ": its own is /" + free);
    }

    const Registry& registry_;
    const Datasource& datasource_;
    NamesTaken models_, plurals_;
};

Status check_patterns(const std::vector<FoundTable>& tables, const Datasource& datasource, const DiscoverOrder& order) {
    std::vector<std::string> names;
    for (const auto& table : tables)
        if (!is_ours(table)) names.push_back(table.name);
    for (const auto& pattern : order.patterns)
        if (std::none_of(names.begin(), names.end(), [&](const std::string& name) { return matches(pattern, name); }))
            return Error{Errc::not_found, "no table of the data source " + datasource.name + " is called " +
                                              pattern}.hint(known_hint(pattern, names));
    return {};
}

}  // namespace

Result<ordered_json> discovered_models(const std::vector<FoundTable>& tables, const Registry& registry,
                                       const Datasource& datasource, const DiscoverOrder& order) {
    MT_CHECK(check_patterns(tables, datasource, order));
    Surroundings surroundings{registry, datasource};
    std::vector<Candidate> candidates;
    for (const auto& table : tables) {
        if (is_ours(table)) continue;
        auto& candidate = candidates.emplace_back();
        candidate.table = &table;
        candidate.asked_for = means(order, table.name);
        surroundings.settle(candidate);
        if (candidate.is_new()) add_properties(candidate);
    }
    relate(candidates);
    const auto& connector = datasource.connector;
    const auto* key = connector.starts_with("sqlite") ? "sqlite3" : connector == "postgresql" ? "postgresql" : "mysql";
    auto entries = ordered_json::array();
    for (auto& candidate : candidates)
        if (candidate.asked_for) entries.push_back(discovered_entry(std::move(candidate), key));
    return entries;
}

}  // namespace mt::app
