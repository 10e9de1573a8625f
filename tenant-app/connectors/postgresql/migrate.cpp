#include "tenant-app/connectors/postgresql/migrate.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "tenant-app/connectors/postgresql/catalogue.hpp"
#include "tenant-app/connectors/server/names.hpp"
#include "tenant-app/data/sql/column_type.hpp"
#include "tenant-app/data/sql/render.hpp"

namespace mt::app::postgresql {

namespace asio = server::asio;
using sql::Kind;
using sql::quote;

namespace {

constexpr std::size_t k_name_bytes_max = 63;  // NAMEDATALEN - 1; longer names are cut off silently
constexpr const char* k_text = "text COLLATE \"C\"";

std::string lowered(std::string name) {
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return name;
}

/// The name that a database has, or would get: a mapped one as it is, another one in lower case unless it is there as
/// it is.
template <class Map>
std::string name_in(const Map& existing, const std::string& name, bool mapped) {
    return mapped || existing.contains(name) ? name : lowered(name);
}

const std::map<std::string, ExistingTable>& none() {
    static const std::map<std::string, ExistingTable> empty;
    return empty;
}

/// What each schema holds that a model names.
using Catalogues = std::map<std::string, Catalogue>;

const std::string& schema_of(const Model& model, const server::Settings& settings) {
    return model.schema.empty() ? settings.schema : model.schema;
}

std::string table_name(const Model& model, const Catalogue& catalogue) {
    return name_in(catalogue.tables, model.table, model.table != model.name);
}

const ExistingTable* existing_of(const Model& model, const Catalogue& catalogue) {
    const auto found = catalogue.tables.find(table_name(model, catalogue));
    return found == catalogue.tables.end() ? nullptr : &found->second;
}

std::string column_name(const Property& property, const ExistingTable* existing) {
    const bool mapped = property.column != property.name;
    return existing ? name_in(existing->columns, property.column, mapped) : name_in(none(), property.column, mapped);
}

std::string column_type(const Property& property) {
    if (auto own = sql::column_type(property, "varchar"); !own.empty())
        return sql::is_text_type(own) ? own + " COLLATE \"C\"" : own;
    if (property.array) return "jsonb";
    switch (property.type) {
        case Type::string: return k_text;
        case Type::number: return property.id ? "bigint" : "numeric";
        case Type::boolean: return "boolean";
        case Type::date: return "timestamptz(3)";
        case Type::any: return property.id ? k_text : "jsonb";
        case Type::object:
        case Type::geopoint:
        case Type::buffer: break;
    }
    return "jsonb";
}

Kind kind_of(std::string_view type) {
    struct Row {
        std::string_view type;
        Kind kind;
    };
    constexpr std::array rows = {
        Row{"text", Kind::text},        Row{"varchar", Kind::text},  Row{"bpchar", Kind::text},
        Row{"citext", Kind::text},      Row{"numeric", Kind::number}, Row{"int2", Kind::number},
        Row{"int4", Kind::number},      Row{"int8", Kind::number},   Row{"float4", Kind::number},
        Row{"float8", Kind::number},    Row{"bool", Kind::boolean},  Row{"timestamptz", Kind::time},
        Row{"timestamp", Kind::time},   Row{"date", Kind::time},     Row{"jsonb", Kind::json},
        Row{"json", Kind::json},        Row{"uuid", Kind::uuid}};
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.type == type; });
    return found == rows.end() ? Kind::other : found->kind;
}

bool is_shared(const server::Settings& settings) { return settings.tenancy == server::Tenancy::row; }

/// As read_catalogue() takes it.
std::string tenant_of(const server::Settings& settings) { return is_shared(settings) ? settings.user : std::string{}; }

/// What counts this tenant's ids in a shared table: one for all would tell each how many the others have.
std::string sequence_of(const server::Settings& settings, const std::string& table, const std::string& column) {
    return server::joined_name(settings.user + "_" + table, column, "_seq", k_name_bytes_max);
}

/// Plans what is missing for the models of one datasource.
class Planner {
public:
    Planner(const Catalogues& catalogues, const server::Settings& settings)
        : catalogues_(catalogues), settings_(settings) {}

    Result<std::vector<std::string>> plan(const std::vector<const Model*>& models) {
        std::set<std::string> named;
        for (const auto* model : models) {
            const auto& schema = schema_of(*model, settings_);
            if (schema != settings_.schema && settings_.tenancy != server::Tenancy::isolated)
                return settings_.error(Errc::invalid_config, "", "model " + model->name + " names the schema " + schema +
                                       "; a tenant that shares a database has only " + settings_.schema);
            if (named.insert(schema).second && !catalogue_of(*model).has_schema)
                steps_.push_back("CREATE SCHEMA " + quote(schema));
        }
        for (const auto* model : models) MT_CHECK(plan_model(*model));
        return std::move(steps_);
    }

private:
    Error does_not_fit(const Model& model, std::string why) const {
        return settings_.error(Errc::invalid_config, "", "table " + model.table + " does not fit model " + model.name +
                               ": " + std::move(why));
    }
    const Catalogue& catalogue_of(const Model& model) const { return catalogues_.at(schema_of(model, settings_)); }
    std::string qualified(const Model& model, const std::string& name) const {
        return quote(schema_of(model, settings_)) + "." + quote(name);
    }

    Status plan_model(const Model& model) {
        const auto name = table_name(model, catalogue_of(model));
        const auto* existing = existing_of(model, catalogue_of(model));
        std::set<std::string> own;
        for (const auto& property : model.properties) {
            const auto column = column_name(property, existing);
            if (!own.insert(column).second || column == sql::k_extra || (is_shared(settings_) && column == sql::k_tenant))
                return does_not_fit(model, "two properties would share the column " + column);
        }
        if (!existing && made_.insert(qualified(model, name)).second) create(model, name);
        else MT_CHECK(add_columns(model, name, existing ? *existing : ExistingTable{}));
        add_indexes(model, name, existing);
        if (!is_shared(settings_)) return {};
        if (existing && !existing->columns.contains(std::string{sql::k_tenant}))
            return does_not_fit(model, "it has no column " + std::string{sql::k_tenant} + ", which tenants' rows are told apart by");
        const auto table = qualified(model, name);
        if (!catalogue_of(model).granted.contains(name) && made_.insert(table + " granted").second)
            steps_.push_back("GRANT SELECT, INSERT, UPDATE, DELETE ON " + table + " TO " + quote(settings_.user));
        count_ids(model, name, column_name(model.id(), existing));
        return {};
    }

    /// This tenant's own sequence for a shared table.
    void count_ids(const Model& model, const std::string& table, const std::string& column) {
        const auto name = sequence_of(settings_, table, column);
        const auto sequence = qualified(model, name);
        if (catalogue_of(model).sequences.contains(name) || !made_.insert(sequence).second) return;
        steps_.push_back("CREATE SEQUENCE " + sequence + " OWNED BY " + qualified(model, table) + "." + quote(column));
        steps_.push_back("GRANT ALL ON SEQUENCE " + sequence + " TO " + quote(settings_.user));
    }

    /// Rows of tenants are told apart by the login that made them, by the server and for the table's owner, too, who may
    /// read and remove them, for mtm purge.
    void share(const std::string& table) {
        const auto own = "(" + quote(sql::k_tenant) + " = (session_user)::text)";
        steps_.push_back("ALTER TABLE " + table + " ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY");
        steps_.push_back("CREATE POLICY mtg_tenant ON " + table + " USING " + own + " WITH CHECK " + own);
        steps_.push_back("CREATE POLICY mtg_owner ON " + table + " TO CURRENT_USER USING (true) WITH CHECK (false)");
    }

    void create(const Model& model, const std::string& name) {
        const bool shared = is_shared(settings_);
        std::string columns, after, key;
        if (shared) columns = quote(sql::k_tenant) + " " + k_text + " NOT NULL DEFAULT (session_user)::text, ";
        for (std::size_t i = 0; i < model.properties.size(); ++i) {
            const auto& property = model.properties[i];
            const auto column = column_name(property, nullptr);
            auto type = column_type(property);
            if (i == model.id_index && shared) key = ", PRIMARY KEY (" + quote(sql::k_tenant) + ", " + quote(column) + ")";
            else if (i == model.id_index) type += id_default(model, name, column, after) + " PRIMARY KEY";
            else if (property.shape && property.shape->not_null) type += " NOT NULL";
            columns += quote(column) + " " + type + ", ";
        }
        steps_.push_back("CREATE TABLE " + qualified(model, name) + " (" + columns + quote(sql::k_extra) + " jsonb" + key + ")");
        if (!after.empty()) steps_.push_back(after);
        if (shared) share(qualified(model, name));
    }

    /// What gives a row its id; a sequence of its own is made before the table, and goes with it.
    std::string id_default(const Model& model, const std::string& table, const std::string& column,
                           std::string& after) {
        const auto& id = model.id();
        const auto type = id.shape ? lowered(id.shape->type) : std::string{};
        const bool counts = type.empty() || type == "bigint" || type == "integer" || type == "smallint" ||
            type.starts_with("int");
        if (type == "uuid") return id.generated ? " DEFAULT gen_random_uuid()" : "";
        if (id.type == Type::number) return counts ? " GENERATED BY DEFAULT AS IDENTITY" : "";
        if (!type.empty() && !sql::is_text_type(type)) return {};
        const auto sequence = qualified(model, server::joined_name(table, column, "_seq", k_name_bytes_max));
        std::string literal;
        for (const char c : sequence) literal += c == '\'' ? "''" : std::string{c};
        steps_.push_back("CREATE SEQUENCE " + sequence);
        after = "ALTER SEQUENCE " + sequence + " OWNED BY " + qualified(model, table) + "." + quote(column);
        return " DEFAULT nextval('" + literal + "'::regclass)::text";
    }

    Status add_columns(const Model& model, const std::string& name, const ExistingTable& existing) {
        for (const auto& property : model.properties) {
            const auto column = column_name(property, &existing);
            if (existing.columns.contains(column)) continue;
            // Of two models on one new table the second one adds what the first lacks.
            if (property.id && !existing.columns.empty())
                return does_not_fit(model, "it has no column " + column + " for the id");
            if (property.id) continue;
            steps_.push_back("ALTER TABLE " + qualified(model, name) + " ADD COLUMN IF NOT EXISTS " + quote(column) +
                             " " + column_type(property));
        }
        return {};
    }

    void add_indexes(const Model& model, const std::string& table, const ExistingTable* existing) {
        for (const auto& property : model.properties) {
            // Related rows are looked for by the keys that relations put in.
            const bool key = property.injected && !property.array && !existing;
            if (property.id || (!property.indexed && !property.unique && !key)) continue;
            const auto column = column_name(property, existing);
            const auto name = server::joined_name(table, column, property.unique ? "_unique" : "_index",
                                                  k_name_bytes_max);
            if (catalogue_of(model).indexes.contains(name) || is_unique(existing, column)) continue;
            add_index(model, table, name, property.unique, quote(column) + " NULLS FIRST");
        }
        for (const auto& index : model.indexes) add_own_index(model, table, existing, index);
    }

    /// Names of indexes are the schema's, not the table's: one that another table has is prefixed.
    void add_own_index(const Model& model, const std::string& table, const ExistingTable* existing,
                       const ModelIndex& index) {
        const auto& known = catalogue_of(model).indexes;
        const auto on_table = [&](const std::string& name) {
            const auto found = known.find(name);
            return found != known.end() && found->second == table;
        };
        auto name = index.name;
        if (on_table(name)) return;
        if (known.contains(name) || made_.contains(qualified(model, name)))
            name = server::joined_name(table, name, "", k_name_bytes_max);
        if (on_table(name)) return;
        std::string columns;
        for (const auto& key : index.keys)
            columns += (columns.empty() ? "" : ", ") + quote(column_name(model.properties[key.property], existing)) +
                       (key.descending ? " DESC NULLS LAST" : " NULLS FIRST");
        add_index(model, table, name, index.unique, columns);
    }

    void add_index(const Model& model, const std::string& table, const std::string& name, bool unique,
                   const std::string& columns) {
        if (!made_.insert(qualified(model, name)).second) return;
        steps_.push_back(std::string{"CREATE "} + (unique ? "UNIQUE " : "") + "INDEX " + quote(name) + " ON " +
                         qualified(model, table) + " (" + (is_shared(settings_) ? quote(sql::k_tenant) + ", " : "") + columns + ")");
    }

    static bool is_unique(const ExistingTable* existing, const std::string& column) {
        return existing && std::any_of(existing->unique.begin(), existing->unique.end(),
                                       [&](const auto& index) { return index.second == column; });
    }

    const Catalogues& catalogues_;
    const server::Settings& settings_;
    std::set<std::string> made_;  ///< tables and indexes, with their schemas
    std::vector<std::string> steps_;
};

sql::Table describe(const Model& model, const Catalogues& catalogues, const server::Settings& settings) {
    const auto& catalogue = catalogues.at(schema_of(model, settings));
    const auto& existing = *existing_of(model, catalogue);
    sql::Table table;
    table.model = &model;
    table.name = quote(schema_of(model, settings)) + "." + quote(table_name(model, catalogue));
    if (is_shared(settings)) table.tenant = "'" + settings.user + "'";
    table.has_extra = existing.columns.contains(std::string{sql::k_extra});
    for (std::size_t i = 0; i < model.properties.size(); ++i) {
        const auto name = column_name(model.properties[i], &existing);
        const auto& column = existing.columns.at(name);
        table.columns.push_back({quote(name), kind_of(column.type)});
        for (const auto& [index, unique] : existing.unique)
            if (unique == name) table.unique[index] = i;
        for (const auto& index : model.indexes)
            if (index.unique && index.keys.front().property == i) table.unique.emplace(index.name, i);
        if (i != model.id_index) continue;
        table.chooses_id = column.has_default;
        table.sequence = column.sequence;
        if (!is_shared(settings)) continue;
        table.counts_by_itself = false;
        table.chooses_id = true;
        table.sequence = quote(settings.schema) + "." + quote(sequence_of(settings, table_name(model, catalogue), name));
    }
    return table;
}

asio::awaitable<Result<Catalogues>> read_catalogues(Connection& connection, const server::Settings& settings,
                                                    const std::vector<const Model*>& models) {
    Catalogues catalogues;
    std::set<std::string> schemas{settings.schema};
    for (const auto* model : models) schemas.insert(schema_of(*model, settings));
    for (const auto& schema : schemas) {
        MT_CO_TRY(catalogues[schema], co_await read_catalogue(connection, schema, tenant_of(settings), settings.statement_timeout));
    }
    co_return catalogues;
}

/// Plans again inside the transaction: another worker of this tenant may have made what was missing.
asio::awaitable<Result<Catalogues>> complete(Connection& connection, const server::Settings& settings,
                                             const std::vector<const Model*>& models) {
    MT_CO_TRY(auto catalogues, co_await read_catalogues(connection, settings, models));
    MT_CO_TRY(const auto steps, Planner(catalogues, settings).plan(models));
    for (const auto& step : steps) {
        const auto done = co_await connection.script(step, settings.statement_timeout);
        if (done.ok()) continue;
        const auto error = done.error();
        const bool away = error.code() == Errc::unavailable || error.code() == Errc::timed_out;
        co_return settings.error(away ? error.code() : Errc::invalid_config, "",
                                 "cannot make the database fit the models: " + error.message() + " (" + step + ")");
    }
    if (steps.empty()) co_return catalogues;
    co_return co_await read_catalogues(connection, settings, models);
}

Error lacks(const server::Settings& settings, const std::vector<std::string>& steps) {
    const auto others = steps.size() > 1 ? " and " + std::to_string(steps.size() - 1) + " more" : std::string{};
    return settings.error(Errc::invalid_config, "", "the schema " + settings.schema + " lacks what the models need: " +
                          steps.front() + others).hint("its owner makes it: mtm migrate TENANT");
}

}  // namespace

asio::awaitable<Result<std::vector<std::string>>> missing_steps(Connection& connection, const server::Settings& settings,
                                                                const std::vector<const Model*>& models) {
    MT_CO_TRY(const auto catalogues, co_await read_catalogues(connection, settings, models));
    co_return Planner(catalogues, settings).plan(models);
}

asio::awaitable<Result<server::Tables>> migrate(Connection& connection, const server::Settings& settings,
                                                const std::vector<const Model*>& models) {
    MT_CO_TRY(auto catalogues, co_await read_catalogues(connection, settings, models));
    MT_CO_TRY(const auto missing, Planner(catalogues, settings).plan(models));
    if (!missing.empty() && settings.tenancy != server::Tenancy::isolated) co_return lacks(settings, missing);
    if (!missing.empty()) {
        std::string begin = "BEGIN; SELECT pg_advisory_xact_lock(hashtext('mtg models'))";
        std::string end = "COMMIT", undo = "ROLLBACK";
        MT_CO_CHECK(co_await connection.script(std::move(begin), settings.statement_timeout));
        auto made = co_await complete(connection, settings, models);
        if (!made.ok()) {
            if (!connection.is_broken())
                MT_CO_CHECK(co_await connection.script(std::move(undo), settings.statement_timeout));
            co_return made.error();
        }
        MT_CO_CHECK(co_await connection.script(std::move(end), settings.statement_timeout));
        catalogues = *std::move(made);
    }
    server::Tables tables;
    for (const auto* model : models) tables.emplace(model->name, describe(*model, catalogues, settings));
    co_return tables;
}

}  // namespace mt::app::postgresql
