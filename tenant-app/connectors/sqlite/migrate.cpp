#include <algorithm>
#include <set>

#include "tenant-app/connectors/sqlite/table.hpp"
#include "tenant-app/data/sql/column_type.hpp"

namespace mt::app::sqlite {

namespace {

using sql::quote;

struct Existing {
    std::set<std::string> columns;
    std::set<std::string> unique;  ///< columns with such an index of their own, in a table of somebody else's
    std::string sql;               ///< its CREATE TABLE
};
struct Catalogue {
    std::map<std::string, Existing> tables;
    std::map<std::string, std::string> indexes;  ///< with their tables
};

/// SQLite's names are alike without regard to case.
std::string folded(std::string name) {
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return name;
}

std::string column_text(sqlite3_stmt* statement, int at) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, at));
    return text ? text : "";
}

Result<Catalogue> read_tables_and_indexes(Database& database) {
    Catalogue catalogue;
    MT_TRY(auto* statement, database.prepare("SELECT m.type, m.name, m.sql, c.name, m.tbl_name FROM sqlite_master m LEFT JOIN pragma_table_info(m.name) c "
                                             "ON m.type <> 'index' WHERE m.type IN ('table','view','index')"));
    const Resetting resetting{statement};
    int step = SQLITE_DONE;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        const auto type = column_text(statement, 0);
        const auto name = folded(column_text(statement, 1));
        if (type == "index") {
            catalogue.indexes.emplace(name, folded(column_text(statement, 4)));
            continue;
        }
        auto& table = catalogue.tables[name];
        table.sql = column_text(statement, 2);
        table.columns.insert(folded(column_text(statement, 3)));
    }
    if (step != SQLITE_DONE) return database.error();
    return catalogue;
}

std::string index_name(const Model& model, const Property& property) {
    return model.table + "_" + property.column + (property.unique ? "_unique" : "_index");
}

/// Our own indexes are known by their names; what else makes a column unique is looked at only where ours is missing.
Status read_unique(Database& database, const std::vector<const Model*>& models, Catalogue& catalogue) {
    for (const auto* model : models) {
        const auto table = catalogue.tables.find(folded(model->table));
        if (table == catalogue.tables.end()) continue;
        const auto lacks_ours = [&](const Property& property) {
            return property.unique && !property.id && !catalogue.indexes.contains(folded(index_name(*model, property)));
        };
        const bool missing = std::any_of(model->properties.begin(), model->properties.end(), lacks_ours);
        if (!missing) continue;
        MT_TRY(auto* statement, database.prepare(
            "SELECT min(c.name) FROM pragma_index_list(?) l JOIN pragma_index_info(l.name) c "
            "WHERE l.\"unique\" AND NOT l.partial GROUP BY l.name HAVING count(*) = 1"));
        const Resetting resetting{statement};
        MT_CHECK(bind_value(database, statement, 1, model->table));
        while (sqlite3_step(statement) == SQLITE_ROW) table->second.unique.insert(folded(column_text(statement, 0)));
    }
    return {};
}

std::string type_of(const Property& property) {
    if (auto own = sql::column_type(property, "VARCHAR"); !own.empty()) return own;
    if (property.array) return "TEXT";
    switch (property.type) {
        case Type::number: return "NUMERIC";
        case Type::boolean: return "INTEGER";
        case Type::string:
        case Type::date:
        case Type::any:
        case Type::object:
        case Type::geopoint:
        case Type::buffer: break;
    }
    return "TEXT";
}

Result<Catalogue> read_catalogue(Database& database, const std::vector<const Model*>& models) {
    MT_TRY(auto catalogue, read_tables_and_indexes(database));
    MT_CHECK(read_unique(database, models, catalogue));
    return catalogue;
}

/// Only of a table that is made: there are no rows yet that lack the value.
bool is_not_null(const Property& property) { return property.shape && property.shape->not_null; }

std::string create_table(const Model& model) {
    std::string sql = "CREATE TABLE " + quote(model.table) + " (";
    for (std::size_t i = 0; i < model.properties.size(); ++i) {
        const auto& property = model.properties[i];
        sql += (i ? ", " : "") + quote(property.column) + " ";
        if (i != model.id_index) sql += type_of(property) + (is_not_null(property) ? " NOT NULL" : "");
        else sql += property.type == Type::number ? "INTEGER PRIMARY KEY AUTOINCREMENT" : "TEXT PRIMARY KEY NOT NULL";
    }
    return sql + ", " + quote(sql::k_extra) + " TEXT)";
}

Error does_not_fit(const Model& model, std::string why) {
    return Error{Errc::invalid_config, "table " + model.table + " does not fit model " + model.name + ": " + std::move(why)};
}

/// `CREATE INDEX …` of the model's own "indexes", as far as they are missing. Names of indexes are the database's, not the
/// table's: one that another table has is prefixed.
void add_indexes(const Model& model, const std::string& table, Catalogue& catalogue, std::vector<std::string>& steps) {
    for (const auto& index : model.indexes) {
        auto name = index.name;
        const auto known = catalogue.indexes.find(folded(name));
        if (known != catalogue.indexes.end() && known->second != table) name = model.table + "_" + name;
        if (!catalogue.indexes.emplace(folded(name), table).second) continue;
        std::string columns;
        for (const auto& key : index.keys)
            columns += (columns.empty() ? "" : ", ") + quote(model.properties[key.property].column) +
                       (key.descending ? " DESC" : "");
        steps.push_back(std::string{"CREATE "} + (index.unique ? "UNIQUE " : "") + "INDEX " + quote(name) + " ON " +
                        quote(model.table) + " (" + columns + ")");
    }
}

/// The statements that are missing for one model.
Result<std::vector<std::string>> plan(const Model& model, Catalogue& catalogue) {
    std::vector<std::string> steps;
    const auto table = folded(model.table);
    std::set<std::string> own;
    for (const auto& property : model.properties) {
        if (!own.insert(folded(property.column)).second || folded(property.column) == sql::k_extra) {
            return does_not_fit(model, "two properties would share the column " + property.column);
        }
    }
    const auto existing = catalogue.tables.find(table);
    if (existing == catalogue.tables.end()) {
        steps.push_back(create_table(model));
        auto& made = catalogue.tables[table];
        made.sql = steps.back();
        made.columns = own;
        made.columns.insert(std::string{sql::k_extra});
    } else {
        for (const auto& property : model.properties) {
            if (existing->second.columns.contains(folded(property.column))) continue;
            if (property.id) return does_not_fit(model, "it has no column " + property.column + " for the id");
            steps.push_back("ALTER TABLE " + quote(model.table) + " ADD COLUMN " + quote(property.column) + " " + type_of(property));
            existing->second.columns.insert(folded(property.column));
        }
    }
    for (const auto& property : model.properties) {
        if (property.id || (!property.indexed && !property.unique)) continue;
        const auto name = index_name(model, property);
        if (property.unique && catalogue.tables[table].unique.contains(folded(property.column))) continue;
        if (!catalogue.indexes.emplace(folded(name), table).second) continue;
        steps.push_back(std::string{"CREATE "} + (property.unique ? "UNIQUE " : "") + "INDEX " + quote(name) + " ON " +
                        quote(model.table) + " (" + quote(property.column) + ")");
    }
    add_indexes(model, table, catalogue, steps);
    return steps;
}

/// An id that is a text and must be given is never counted.
bool counts_texts(const Model& model) {
    const auto& id = model.id();
    return id.type != Type::number && (id.generated || !id.required);
}

Table describe(const Model& model, const Existing& existing) {
    Table table;
    table.model = &model;
    table.has_extra = existing.columns.contains(std::string{sql::k_extra});
    const auto create = folded(existing.sql);
    table.counts_ids = create.find("autoincrement") != std::string::npos;
    table.integer_id = model.id().type == Type::number;
    table.counts_texts = counts_texts(model);
    std::string columns, marks, sets;
    for (const auto& property : model.properties) {
        columns += quote(property.column) + ", ";
        marks += "?, ";
        if (!property.id) sets += quote(property.column) + " = ?, ";
    }
    if (table.has_extra) {
        columns += quote(sql::k_extra);
        marks += "?";
        sets += quote(sql::k_extra) + " = ?";
    } else {
        for (auto* text : {&columns, &marks, &sets}) {
            if (text->size() >= 2) text->resize(text->size() - 2);
        }
    }
    table.select = "SELECT " + columns + " FROM " + quote(model.table);
    table.insert = "INSERT INTO " + quote(model.table) + " (" + columns + ") VALUES (" + marks + ")";
    // A model of an id alone, in a table without `_extra`, has nothing to set.
    if (sets.empty()) sets = quote(model.id().column) + " = " + quote(model.id().column);
    table.replace = "UPDATE " + quote(model.table) + " SET " + sets + " WHERE " + quote(model.id().column) + " = ?";
    return table;
}

/// What is missing for all models.
Result<std::vector<std::string>> plan_all(const std::vector<const Model*>& models, Catalogue& catalogue) {
    std::vector<std::string> steps;
    for (const auto* model : models) {
        MT_TRY(auto missing, plan(*model, catalogue));
        steps.insert(steps.end(), std::make_move_iterator(missing.begin()), std::make_move_iterator(missing.end()));
    }
    const bool texts = std::any_of(models.begin(), models.end(), [](const Model* m) { return counts_texts(*m); });
    // Generated text ids count in a table of ours: there is no rowid to do it.
    if (texts && !catalogue.tables.contains("_mtg_sequence")) {
        steps.push_back("CREATE TABLE \"_mtg_sequence\" (name TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID");
    }
    return steps;
}

std::string shortened(const std::string& statement) {
    constexpr std::size_t k_shown = 200;
    return statement.size() <= k_shown ? statement : statement.substr(0, k_shown) + " …";
}

Status run_steps(Database& database, const std::vector<std::string>& steps) {
    for (const auto& step : steps) {
        auto done = database.run(step.c_str());
        if (done.ok()) continue;
        const auto error = std::move(done).error();
        return Error{error.code() == Errc::failed || error.code() == Errc::bad_request ? Errc::invalid_config : error.code(),
                     "cannot make the database fit the models: " + error.message() + " (" + shortened(step) + ")"};
    }
    return {};
}

/// Plans again inside the transaction: another worker of this tenant may have made what was missing.
Result<Catalogue> complete(Database& database, const std::vector<const Model*>& models) {
    MT_CHECK(database.run("BEGIN IMMEDIATE"));
    auto made = [&]() -> Result<Catalogue> {
        MT_TRY(auto catalogue, read_catalogue(database, models));
        MT_TRY(const auto steps, plan_all(models, catalogue));
        MT_CHECK(run_steps(database, steps));
        return catalogue;
    }();
    auto ended = database.run(made.ok() ? "COMMIT" : "ROLLBACK");
    if (made.ok() && !ended.ok()) return std::move(ended).error();
    return made;
}

}  // namespace

Result<std::vector<std::string>> missing_for(Database& database, const std::vector<const Model*>& models) {
    MT_TRY(auto catalogue, read_catalogue(database, models));
    return plan_all(models, catalogue);
}

Result<Tables> migrate(Database& database, const std::vector<const Model*>& models) {
    MT_TRY(auto catalogue, read_catalogue(database, models));
    MT_TRY(const auto steps, plan_all(models, catalogue));
    if (!steps.empty()) {
        MT_TRY(catalogue, complete(database, models));
    }
    Tables tables;
    for (const auto* model : models) tables.emplace(model->name, describe(*model, catalogue.tables[folded(model->table)]));
    for (const auto& [index, table] : catalogue.indexes) tables.indexes.insert(index);
    return tables;
}

}  // namespace mt::app::sqlite
