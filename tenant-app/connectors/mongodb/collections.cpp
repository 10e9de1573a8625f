#include "tenant-app/connectors/mongodb/collections.hpp"

namespace mt::app::mongodb {

namespace {

constexpr std::uint32_t k_no_such_collection = 26;
constexpr std::uint32_t k_values_twice = 11000;
constexpr double k_counted_max = 9e15;  // as IdCounter

/// findAndModify on a collection's counter. The first one makes it; of two at once one is refused, and finds it the
/// next time.
Result<json> change_counter(Client& client, const std::string& collection, const char* operation, std::int64_t number) {
    for (bool again = false;; again = true) {
        const auto& library = client.library();
        Document query{library}, value{library}, change{library}, command{library};
        query.text("_id", collection);
        value.number("last", number);
        change.child(operation, value);
        command.text("findAndModify", k_counters).child("query", query).child("update", change);
        command.boolean("upsert", true).boolean("new", true);
        auto answer = client.write(std::move(command));
        if (answer.ok() || again || answer.error().code() != Errc::conflict) return answer;
    }
}

class Fitting {
public:
    Fitting(Client& client, bool counted) : client_(client), library_(client.library()), counted_(counted) {}

    Result<Tables> run(const std::vector<const Model*>& models) {
        Document ping{library_};
        ping.number("ping", 1);
        MT_CHECK(told(client_.command(std::move(ping))));
        Tables tables;
        for (const auto* model : models) {
            MT_TRY(auto table, describe(*model));
            MT_CHECK(add_indexes(table));
            if (table.counts_ids) MT_CHECK(start_counter(table));
            tables.emplace(model->name, std::move(table));
        }
        return tables;
    }

private:
    Error does_not_fit(const Model& model, std::string why) const {
        return client_.settings().error(Errc::invalid_config, "", "collection " + model.table + " does not fit model " +
                                        model.name + ": " + std::move(why));
    }

    /// What failed here keeps the tenant from starting: the key that is wrong is named.
    Status told(const Result<json>& answer) const {
        if (answer.ok()) return {};
        return start_error(client_.settings(), client_.refusal());
    }

    Result<Table> describe(const Model& model) const {
        const bool bad = model.table.empty() || model.table.starts_with("system.") || model.table == k_counters ||
            model.table.find_first_of(std::string_view{"$\0", 2}) != std::string::npos;
        if (bad) return does_not_fit(model, "MongoDB has no collection of that name");
        Table table;
        table.model = &model;
        table.name = model.table;
        for (std::size_t i = 0; i < model.properties.size(); ++i) {
            const auto& property = model.properties[i];
            auto field = i == model.id_index ? std::string{"_id"} : property.column;
            if (!can_be_name(field)) return does_not_fit(model, "MongoDB has no field named \"" + field + "\"");
            if (!table.index.emplace(field, i).second)
                return does_not_fit(model, "two properties would share the field " + field);
            table.fields.push_back(std::move(field));
            // Generated ids, and the keys that relations put in to refer to them.
            const bool refers = i == model.id_index ? property.generated : property.injected;
            table.object_ids.push_back(!counted_ && refers && property.type == Type::string);
        }
        table.counts_ids = counted_ || model.id().type == Type::number;
        return table;
    }

    Status add_indexes(const Table& table) {
        std::vector<std::size_t> wanted;
        for (std::size_t i = 0; i < table.fields.size(); ++i) {
            const auto& property = table.property(i);
            if (!property.id && (property.indexed || property.unique)) wanted.push_back(i);
        }
        if (wanted.empty() && table.model->indexes.empty()) return {};
        MT_TRY(const auto existing, indexes_of(table));
        Document missing{library_};
        for (const auto position : wanted) {
            if (is_there(existing, table.fields[position], table.property(position).unique)) continue;
            missing.child(missing.next_index(), index_on(table, position));
        }
        for (const auto& index : table.model->indexes)
            if (!is_there(existing, index.name)) missing.child(missing.next_index(), index_on(table, index));
        if (missing.empty()) return {};
        Document command{library_};
        command.text("createIndexes", table.name).list("indexes", missing);
        const auto done = client_.unlimited(command);
        if (!done.ok() && client_.refusal().code == k_values_twice)
            return does_not_fit(*table.model, "a property is to be unique, and there are rows with the same value in it");
        return told(done);
    }

    Document index_on(const Table& table, std::size_t position) const {
        const auto& field = table.fields[position];
        const bool unique = table.property(position).unique;
        Document key{library_}, index{library_};
        key.number(field, 1);
        index.child("key", key).text("name", field + (unique ? "_unique" : "_1"));
        // Rows without a value are not in a sparse index, and so are no duplicates of each other.
        if (unique) index.boolean("unique", true).boolean("sparse", true);
        return index;
    }

    Document index_on(const Table& table, const ModelIndex& wanted) const {
        Document key{library_}, index{library_};
        for (const auto& [property, descending] : wanted.keys) key.number(table.fields[property], descending ? -1 : 1);
        index.child("key", key).text("name", wanted.name);
        if (wanted.unique) index.boolean("unique", true).boolean("sparse", true);
        return index;
    }

    static bool is_there(const json& indexes, const std::string& name) {
        for (const auto& index : indexes)
            if (index.value("name", "") == name) return true;
        return false;
    }

    Result<json> indexes_of(const Table& table) {
        Document command{library_}, cursor{library_};
        command.text("listIndexes", table.name).child("cursor", cursor);
        const auto answer = client_.command(std::move(command));
        if (!answer.ok() && client_.refusal().code == k_no_such_collection) return json::array();
        MT_CHECK(told(answer));
        return answer->at("cursor").at("firstBatch");
    }

    static bool is_there(const json& indexes, const std::string& field, bool unique) {
        for (const auto& index : indexes) {
            const auto& key = index.at("key");
            const bool same = key.size() == 1 && key.contains(field) && !index.contains("partialFilterExpression");
            if (same && (!unique || index.value("unique", false))) return true;
        }
        return false;
    }

    Status start_counter(const Table& table) {
        Document zero{library_}, numbers{library_}, order{library_}, options{library_};
        zero.number("$gt", 0);
        numbers.child("_id", zero);
        order.number("_id", -1);
        options.child("sort", order).number("limit", 1);
        std::int64_t greatest = 0;
        const auto found = client_.find(table.name, numbers, std::move(options), [&](Row row) -> Result<bool> {
            for_each(library_, row, [&](const char* name, bson_iter_t& at) {
                if (std::string_view{name} != "_id") return true;
                const auto id = value_of(library_, at);
                if (id.is_number() && id.get<double>() < k_counted_max) greatest = id.get<std::int64_t>();
                return false;
            });
            return false;
        });
        if (!found.ok()) return start_error(client_.settings(), client_.refusal());
        if (greatest == 0) return {};
        return told(change_counter(client_, table.name, "$max", greatest));
    }

    Client& client_;
    const Library& library_;
    const bool counted_;
};

}  // namespace

Result<Tables> fit(Client& client, const std::vector<const Model*>& models, bool counted) {
    return Fitting{client, counted}.run(models);
}

Result<std::int64_t> take_number(Client& client, const std::string& collection) {
    MT_TRY(const auto answer, change_counter(client, collection, "$inc", 1));
    const auto value = answer.find("value");
    if (value == answer.end() || !value->is_object() || !value->contains("last") || !value->at("last").is_number())
        return Error{Errc::failed, std::string{"database: "} + k_counters + " holds no number for " + collection};
    return value->at("last").get<std::int64_t>();
}

Status move_counter(Client& client, const std::string& collection, std::int64_t number) {
    MT_CHECK(change_counter(client, collection, "$max", number));
    return {};
}

}  // namespace mt::app::mongodb
