#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tenant-app/data/found_table.hpp"
#include "tenant-app/jobs/discover/names.hpp"

namespace mt::app {

/// Equal but for the case of ASCII letters: databases differ in whether it counts.
bool alike(std::string_view a, std::string_view b);

/// A table on its way to become a model. Borrows the table, and the tenant's model of it.
struct Candidate {
    struct Property {
        const FoundColumn* column;
        std::string name;
    };
    enum class State : std::uint8_t { added, exists, skipped };

    const FoundTable* table = nullptr;
    const Model* existing = nullptr;  ///< a model of the tenant's that has this table
    std::string model;
    State state = State::added;
    std::string reason;                   ///< why it is not added
    std::string plural;                   ///< empty: as the model's name makes it
    bool asked_for = true;                ///< else it is here for those that refer to it
    std::vector<std::string> id_columns;  ///< more than one: the key is composite
    std::vector<Property> properties;
    std::vector<std::string> notes, relation_lines;
    ordered_json relations = ordered_json::object();
    NamesTaken members;  ///< of properties and relations

    bool is_new() const { return state == State::added; }
    void leave(State as, std::string why);
    bool is_id(std::string_view column) const;
    bool has_composite_id() const { return id_columns.size() > 1; }
    /// The property of a column; empty: none.
    std::string property_of(std::string_view column) const;
    /// Whether a relation that names this column need not say so.
    bool refers_to_id(std::string_view column) const;
};

/// Ties candidates by their foreign keys: belongsTo where the key is, hasMany on the other side, or hasOne if a row has
/// one at most.
void relate(std::vector<Candidate>& candidates);

/// What discovered_models() says of a candidate; `key` is what a model calls this kind of database by (sqlite3, mysql,
/// postgresql).
ordered_json discovered_entry(Candidate candidate, const std::string& key);

}  // namespace mt::app
