#pragma once
#include <optional>
#include <string>
#include <vector>

#include "tenant-app/model/model.hpp"

namespace mt::app {

/// A table of an existing database as its catalogue describes it, whatever the engine: what `mtm discover` makes models of.
struct FoundColumn {
    std::string name;
    std::string data_type;   ///< without lengths: "character varying", "int", "NUMERIC"
    std::string whole_type;  ///< with them, for people: "numeric(10,2)"
    /// What a property of it is; nothing: no property can be read from and written to such a column.
    std::optional<Type> type;
    std::optional<unsigned> length, precision, scale;
    bool nullable = true;
    bool counted = false;   ///< the database gives a new row's value by itself, as an id
    bool computed = false;  ///< always of an expression: cannot be written
    /// As in SQL ('new', 0, now()), casts included; empty: none.
    std::string default_sql;
};

struct FoundKey {
    std::string name;
    std::vector<std::string> columns;
    std::string target;  ///< a table of the same schema; empty: of another one
    std::vector<std::string> target_columns;  ///< beside `columns`
};

struct FoundIndex {
    std::string name;
    std::vector<std::string> columns;
    bool unique = false;
};

struct FoundTable {
    std::string name;
    std::vector<FoundColumn> columns;       ///< in the table's order
    std::vector<std::string> primary_key;   ///< columns
    std::vector<FoundKey> foreign_keys;
    std::vector<FoundIndex> indexes;        ///< of whole columns and all rows; without the primary key's
    bool readable = true;                   ///< the login may SELECT

    const FoundColumn* find(std::string_view column) const;
    /// Of two rows this column never has the same value, if it has one.
    bool is_unique(std::string_view column) const;
};

/// Collects the rows of a catalogue's queries: what comes under one name is one table, key or index, in the order in
/// which it comes.
class FoundTables {
public:
    /// Null: no column of that table has come.
    FoundTable* find(std::string_view table);
    FoundTable& add(const std::string& table);
    /// One column of a key (`target_column` may be empty) or an index.
    static void add_to_key(FoundTable& table, const std::string& name, std::string column, const std::string& target,
                           std::string target_column);
    static void add_to_index(FoundTable& table, const std::string& name, std::string column, bool unique);

    std::vector<FoundTable>& all() { return tables_; }
    std::vector<FoundTable> take() && { return std::move(tables_); }

private:
    std::vector<FoundTable> tables_;
};

}  // namespace mt::app
