#include "tenant-app/connectors/mysql/schema.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "tenant-app/connectors/server/names.hpp"
#include "tenant-app/data/sql/column_type.hpp"
#include "tenant-app/data/sql/render.hpp"

namespace mt::app::mysql {

namespace {

using sql::Kind;

constexpr std::size_t k_index_name_max = 64;
/// An index of InnoDB's holds 3,072 bytes of a column: 768 characters. Of longer texts it holds the beginning, which is
/// enough where values may repeat.
constexpr std::size_t k_short_text = 768;
constexpr const char* k_beginning = "(191)";

Kind kind_of(const ExistingColumn& column, const Property& property) {
    struct Row {
        std::string_view type;
        Kind kind;
    };
    constexpr std::array rows = {
        Row{"varchar", Kind::text},     Row{"char", Kind::text},       Row{"text", Kind::text},
        Row{"longtext", Kind::text},    Row{"mediumtext", Kind::text}, Row{"tinytext", Kind::text},
        Row{"enum", Kind::text},        Row{"set", Kind::text},        Row{"int", Kind::number},
        Row{"bigint", Kind::number},    Row{"mediumint", Kind::number}, Row{"smallint", Kind::number},
        Row{"tinyint", Kind::number},   Row{"decimal", Kind::number},  Row{"double", Kind::number},
        Row{"float", Kind::number},     Row{"year", Kind::number},     Row{"datetime", Kind::time},
        Row{"timestamp", Kind::time},   Row{"date", Kind::time},       Row{"json", Kind::json},
        Row{"uuid", Kind::uuid}};
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.type == column.type; });
    if (found == rows.end()) return Kind::other;
    const bool boolean = property.type == Type::boolean && !property.array;
    return boolean && found->kind == Kind::number ? Kind::boolean : found->kind;
}

/// Plans what is missing for the models of one datasource.
class SchemaPlan {
public:
    SchemaPlan(const Catalogue& catalogue, const server::Settings& settings, const Dialect& dialect)
        : catalogue_(catalogue), settings_(settings),
          text_(" CHARACTER SET utf8mb4 COLLATE " + std::string{dialect.collation()}) {}

    Result<std::vector<std::string>> steps(const std::vector<const Model*>& models) {
        for (const auto* model : models) {
            MT_CHECK(check(*model));
            const auto* existing = existing_of(*model, catalogue_);
            if (existing) MT_CHECK(complete(*model, *existing));
            else if (created_.insert(model->table).second) create(*model);
        }
        return std::move(steps_);
    }

private:
    Error does_not_fit(const Model& model, std::string why) const {
        return settings_.error(Errc::invalid_config, "", "table " + model.table + " does not fit model " + model.name +
                               ": " + std::move(why));
    }

    Status check(const Model& model) const {
        std::set<std::string> own{std::string{sql::k_extra}, std::string{k_number}};
        for (const auto& property : model.properties)
            if (!own.insert(lowered(property.column)).second)
                return does_not_fit(model, "two properties would share the column " + property.column);
        return {};
    }

    /// What the property's JSON says of its column; empty: nothing.
    std::string own_type(const Property& property) const {
        auto type = sql::column_type(property, "VARCHAR");
        if (type.empty()) return type;
        if (sql::is_text_type(type)) type += text_;
        const bool counts =
            property.id && property.type == Type::number && lowered(type).find("int") != std::string::npos;
        return type + (property.id ? " NOT NULL" : "") + (counts ? " AUTO_INCREMENT" : "");
    }

    /// A text in a unique index of several columns has its share of what an index can hold.
    std::string short_text(const Model& model, const Property& property) const {
        std::size_t sharers = property.id || (property.unique && property.type == Type::string) ? 1 : 0;
        for (const auto& index : model.indexes)
            for (const auto& key : index.keys)
                if (index.unique && &model.properties[key.property] == &property)
                    sharers = std::max(sharers, index.keys.size());
        return sharers == 0 ? "LONGTEXT" : "VARCHAR(" + std::to_string(k_short_text / sharers) + ")";
    }

    std::string type_of(const Model& model, const Property& property) const {
        if (auto own = own_type(property); !own.empty()) return own;
        if (property.array) return "LONGTEXT" + text_;
        switch (property.type) {
            case Type::number:
                // A key must name its row exactly, and a fraction must not be rounded to somebody's.
                if (!property.id) return property.injected ? "DECIMAL(38,18)" : "DOUBLE";
                return "BIGINT NOT NULL AUTO_INCREMENT";
            case Type::boolean: return "TINYINT(1)";
            case Type::date: return "DATETIME(3)";
            case Type::string:
            case Type::any: return short_text(model, property) + text_ + (property.id ? " NOT NULL" : "");
            case Type::object:
            case Type::geopoint:
            case Type::buffer: break;
        }
        return "LONGTEXT" + text_;
    }

    bool is_long(const Model& model, const Property& property, const ExistingTable* existing) const {
        auto type = lowered(type_of(model, property));
        if (existing) {
            const auto column = existing->columns.find(lowered(property.column));
            if (column != existing->columns.end()) type = column->second.type;
        }
        type = type.substr(0, type.find(' '));
        return type.ends_with("text") || type.ends_with("blob");
    }

    /// One of the model's "indexes". In a unique one of long texts the beginnings would have to differ, which is another
    /// thing: the server refuses it, and says so.
    std::string index_of(const Model& model, const ModelIndex& index, const ExistingTable* existing) const {
        if (existing && existing->indexes.contains(index.name)) return {};
        std::string columns;
        for (const auto& key : index.keys) {
            const auto& property = model.properties[key.property];
            const bool beginning = !index.unique && is_long(model, property, existing);
            columns += (columns.empty() ? "" : ", ") + backquoted(property.column) + (beginning ? k_beginning : "") +
                       (key.descending ? " DESC" : "");
        }
        return (index.unique ? "UNIQUE INDEX " : "INDEX ") + backquoted(index.name) + " (" + columns + ")";
    }

    /// Of single properties, and the model's own.
    std::vector<std::string> indexes_of(const Model& model, const ExistingTable* existing) const {
        std::vector<std::string> all;
        for (const auto& property : model.properties) all.push_back(index_of(model, property, existing));
        for (const auto& index : model.indexes) all.push_back(index_of(model, index, existing));
        std::erase(all, std::string{});
        return all;
    }

    /// `UNIQUE INDEX name (column)`; nothing for a property without one.
    std::string index_of(const Model& model, const Property& property, const ExistingTable* existing) const {
        // Related rows are looked for by the keys that relations put in.
        const bool key = property.injected && !property.array && !existing;
        if (property.id || (!property.indexed && !property.unique && !key)) return {};
        const auto name = server::joined_name(model.table, property.column, property.unique ? "_unique" : "_index",
                                              k_index_name_max);
        if (existing && existing->indexes.contains(name)) return {};
        if (existing && property.unique && is_unique(*existing, property)) return {};
        const bool beginning = !property.unique && is_long(model, property, existing);
        return (property.unique ? "UNIQUE INDEX " : "INDEX ") + backquoted(name) + " (" + backquoted(property.column) +
               (beginning ? k_beginning : "") + ")";
    }

    static bool is_unique(const ExistingTable& existing, const Property& property) {
        return std::any_of(existing.indexes.begin(), existing.indexes.end(), [&](const auto& index) {
            return index.second.unique && lowered(index.second.column) == lowered(property.column);
        });
    }

    void create(const Model& model) {
        std::string parts;
        for (const auto& property : model.properties)
            parts += backquoted(property.column) + " " + type_of(model, property) +
                     (!property.id && property.shape && property.shape->not_null ? " NOT NULL, " : ", ");
        parts += backquoted(sql::k_extra) + " LONGTEXT" + text_;
        const auto number = backquoted(k_number);
        if (model.id().type != Type::number)
            parts += ", " + number + " BIGINT NOT NULL AUTO_INCREMENT, UNIQUE INDEX " + number + " (" + number + ")";
        parts += ", PRIMARY KEY (" + backquoted(model.id().column) + ")";
        for (const auto& index : indexes_of(model, nullptr)) parts += ", " + index;
        steps_.push_back("CREATE TABLE " + backquoted(model.table) + " (" + parts +
                         ") ENGINE=InnoDB ROW_FORMAT=DYNAMIC" + text_);
    }

    Status complete(const Model& model, const ExistingTable& existing) {
        for (const auto& property : model.properties) {
            if (existing.columns.contains(lowered(property.column))) continue;
            if (property.id) return does_not_fit(model, "it has no column " + property.column + " for the id");
            steps_.push_back("ALTER TABLE " + backquoted(model.table) + " ADD COLUMN " + backquoted(property.column) +
                             " " + type_of(model, property));
        }
        for (const auto& index : indexes_of(model, &existing))
            steps_.push_back("ALTER TABLE " + backquoted(model.table) + " ADD " + index);
        return {};
    }

    const Catalogue& catalogue_;
    const server::Settings& settings_;
    const std::string text_;
    std::set<std::string> created_;
    std::vector<std::string> steps_;
};

}  // namespace

const ExistingTable* existing_of(const Model& model, const Catalogue& catalogue) {
    auto found = catalogue.find(model.table);
    if (found == catalogue.end()) found = catalogue.find(lowered(model.table));
    return found == catalogue.end() ? nullptr : &found->second;
}

Result<std::vector<std::string>> missing_steps(const Catalogue& catalogue, const server::Settings& settings,
                                               const Dialect& dialect, const std::vector<const Model*>& models) {
    return SchemaPlan{catalogue, settings, dialect}.steps(models);
}

sql::Table describe(const Model& model, const Catalogue& catalogue, const Dialect& dialect) {
    const auto& existing = *existing_of(model, catalogue);
    sql::Table table;
    table.model = &model;
    table.name = backquoted(catalogue.contains(model.table) ? model.table : lowered(model.table));
    table.has_extra = existing.columns.contains(std::string{sql::k_extra});
    for (std::size_t i = 0; i < model.properties.size(); ++i) {
        const auto& property = model.properties[i];
        const auto& column = existing.columns.at(lowered(property.column));
        const bool by_bytes = column.collation == dialect.collation();
        table.columns.push_back({backquoted(column.name), kind_of(column, property), by_bytes});
        for (const auto& [name, index] : existing.indexes)
            if (index.unique && lowered(index.column) == lowered(property.column)) table.unique[name] = i;
        for (const auto& index : model.indexes)
            if (index.unique && index.keys.front().property == i) table.unique.emplace(index.name, i);
        if (i == model.id_index && column.counts) table.sequence = table.columns[i].name;
    }
    if (existing.columns.contains(std::string{k_number})) table.sequence = backquoted(k_number);
    table.chooses_id = !table.sequence.empty();
    return table;
}

}  // namespace mt::app::mysql
