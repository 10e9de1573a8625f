#include "tenant-app/data/found_table.hpp"

#include <algorithm>

namespace mt::app {

namespace {

template <class List>
auto* named(List& list, std::string_view name) {
    const auto found = std::find_if(list.begin(), list.end(), [&](const auto& item) { return item.name == name; });
    return found == list.end() ? nullptr : &*found;
}

}  // namespace

const FoundColumn* FoundTable::find(std::string_view column) const { return named(columns, column); }

bool FoundTable::is_unique(std::string_view column) const {
    if (primary_key.size() == 1 && primary_key.front() == column) return true;
    return std::any_of(indexes.begin(), indexes.end(), [&](const FoundIndex& index) {
        return index.unique && index.columns.size() == 1 && index.columns.front() == column;
    });
}

FoundTable* FoundTables::find(std::string_view table) { return named(tables_, table); }

FoundTable& FoundTables::add(const std::string& table) {
    if (!tables_.empty() && tables_.back().name == table) return tables_.back();
    if (auto* known = find(table)) return *known;
    tables_.emplace_back().name = table;
    return tables_.back();
}

void FoundTables::add_to_key(FoundTable& table, const std::string& name, std::string column, const std::string& target,
                             std::string target_column) {
    auto* key = named(table.foreign_keys, name);
    if (!key) key = &table.foreign_keys.emplace_back(FoundKey{name, {}, target, {}});
    key->columns.push_back(std::move(column));
    key->target_columns.push_back(std::move(target_column));
}

void FoundTables::add_to_index(FoundTable& table, const std::string& name, std::string column, bool unique) {
    auto* index = named(table.indexes, name);
    if (!index) index = &table.indexes.emplace_back(FoundIndex{name, {}, unique});
    index->columns.push_back(std::move(column));
}

}  // namespace mt::app
