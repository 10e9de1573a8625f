#include <algorithm>
#include <set>

#include "tenant-app/connectors/sqlite/table.hpp"

namespace mt::app::sqlite {

namespace {

using sql::quote;

struct Existing {
    std::set<std::string> columns;
    std::string sql;  ///< its CREATE TABLE
};
struct Catalogue {
    std::map<std::string, Existing> tables;
    std::set<std::string> indexes;
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

Result<Catalogue> read_catalogue(Database& database) {
    Catalogue catalogue;
    MT_TRY(auto* statement, database.prepare("SELECT m.type, m.name, m.sql, c.name FROM sqlite_master m LEFT JOIN pragma_table_info(m.name) c "
                                             "ON m.type <> 'index' WHERE m.type IN ('table','view','index')"));
    const Resetting resetting{statement};
    int step = SQLITE_DONE;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        const auto type = column_text(statement, 0);
        const auto name = folded(column_text(statement, 1));
        if (type == "index") {
            catalogue.indexes.insert(name);
            continue;
        }
        auto& table = catalogue.tables[name];
        table.sql = column_text(statement, 2);
        table.columns.insert(folded(column_text(statement, 3)));
    }
    if (step != SQLITE_DONE) return database.error();
    return catalogue;
}

const char* column_type(const Property& property) {
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

std::string create_table(const Model& model) {
    std::string sql = "CREATE TABLE " + quote(model.table) + " (";
    for (std::size_t i = 0; i < model.properties.size(); ++i) {
        const auto& property = model.properties[i];
        sql += (i ? ", " : "") + quote(property.column) + " ";
        if (i != model.id_index) sql += column_type(property);
        else sql += property.type == Type::number ? "INTEGER PRIMARY KEY AUTOINCREMENT" : "TEXT PRIMARY KEY NOT NULL";
    }
    return sql + ", " + quote(sql::k_extra) + " TEXT)";
}

Error does_not_fit(const Model& model, std::string why) {
    return Error{Errc::invalid_config, "table " + model.table + " does not fit model " + model.name + ": " + std::move(why)};
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
            steps.push_back("ALTER TABLE " + quote(model.table) + " ADD COLUMN " + quote(property.column) + " " + column_type(property));
            existing->second.columns.insert(folded(property.column));
        }
    }
    for (const auto& property : model.properties) {
        if (property.id || (!property.indexed && !property.unique)) continue;
        const auto name = model.table + "_" + property.column + (property.unique ? "_unique" : "_index");
        if (!catalogue.indexes.insert(folded(name)).second) continue;
        steps.push_back(std::string{"CREATE "} + (property.unique ? "UNIQUE " : "") + "INDEX " + quote(name) + " ON " +
                        quote(model.table) + " (" + quote(property.column) + ")");
    }
    return steps;
}

Table describe(const Model& model, const Existing& existing) {
    Table table;
    table.model = &model;
    table.has_extra = existing.columns.contains(std::string{sql::k_extra});
    const auto create = folded(existing.sql);
    table.counts_ids = create.find("autoincrement") != std::string::npos;
    table.integer_id = model.id().type == Type::number;
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
    const bool texts = std::any_of(models.begin(), models.end(), [](const Model* m) { return m->id().type != Type::number; });
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
        MT_TRY(auto catalogue, read_catalogue(database));
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
    MT_TRY(auto catalogue, read_catalogue(database));
    return plan_all(models, catalogue);
}

Result<Tables> migrate(Database& database, const std::vector<const Model*>& models) {
    MT_TRY(auto catalogue, read_catalogue(database));
    MT_TRY(const auto steps, plan_all(models, catalogue));
    if (!steps.empty()) {
        MT_TRY(catalogue, complete(database, models));
    }
    Tables tables;
    for (const auto* model : models) tables.emplace(model->name, describe(*model, catalogue.tables[folded(model->table)]));
    tables.indexes = std::move(catalogue.indexes);
    return tables;
}

}  // namespace mt::app::sqlite
