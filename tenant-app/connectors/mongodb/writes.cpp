// No write is sent twice. A generated id that is taken (somebody wrote to the collection by other means) was refused by
// the server, so the next one is another write.
#include <algorithm>
#include <span>

#include "tenant-app/connectors/mongodb/collections.hpp"
#include "tenant-app/connectors/mongodb/conditions.hpp"
#include "tenant-app/connectors/mongodb/operations.hpp"
#include "tenant-app/connectors/mongodb/values.hpp"
#include "tenant-app/connectors/mongodb/walk.hpp"
#include "tenant-app/data/connector.hpp"
#include "tenant-app/query/coerce.hpp"

namespace mt::app::mongodb {

namespace {

constexpr int k_attempts = 8;
constexpr std::size_t k_piece_ids = 1'000;
constexpr double k_chosen_max = 9e15;  // as IdCounter

bool is_chosen(const Value& id) {
    return id.is_number() ? id != 0 : id.is_string() && !id.get_ref<const std::string&>().empty();
}

/// The id that a row is stored with. Numbers are counted as LoopBack's memory connector counts them (IdCounter): every
/// create takes one, and one that a client has chosen moves the count beyond it.
Result<Value> id_for(Client& client, const Table& table, const Value& given) {
    const bool chosen = is_chosen(given);
    if (!table.counts_ids) return chosen ? given : Value(new_object_id(client.library()));
    MT_TRY(const auto number, take_number(client, table.name));
    if (!chosen) return coerce_operand(table.model->id().type, number);
    if (given.is_number() && given.get<double>() < k_chosen_max)
        MT_CHECK(move_counter(client, table.name, given.get<std::int64_t>()));
    return given;
}

Document with_value(const Library& library, const Table& table, std::size_t position, const Value& value) {
    Document forms{library}, test{library}, out{library};
    append_forms(forms, table, position, value);
    test.list("$in", forms);
    out.child(table.fields[position], test);
    return out;
}

/// How many rows match, `limit` at most.
Result<std::size_t> count_up_to(Client& client, const Table& table, const Document& filter, std::int64_t limit) {
    Document options{client.library()};
    options.number("limit", limit);
    std::size_t rows = 0;
    MT_CHECK(client.find(table.name, filter, std::move(options), [&](Row) -> Result<bool> { return ++rows > 0; }));
    return rows;
}

/// The property, the id or a unique one, of which another row than `self` has the record's value.
Result<std::optional<std::size_t>> taken_property(Client& client, const Table& table, const Record& record,
                                                  const Value* self) {
    const auto& library = client.library();
    for (std::size_t i = 0; i < table.fields.size(); ++i) {
        const bool is_id = i == table.model->id_index;
        const auto& value = record.values[i];
        if ((is_id ? self != nullptr : !table.property(i).unique) || value.is_null() || is_undefined(value)) continue;
        auto filter = with_value(library, table, i, value);
        if (self) {
            Document forms{library}, others{library};
            append_forms(forms, table, table.model->id_index, *self);
            others.list("$nin", forms);
            filter.child("_id", others);
        }
        MT_TRY(const auto rows, count_up_to(client, table, filter, 1));
        if (rows > 0) return std::optional{i};
    }
    return std::optional<std::size_t>{};
}

/// Some servers do not say that a value is taken where they refuse it (FerretDB 1 in an update).
bool may_be_conflict(const Error& error) { return error.code() == Errc::conflict || error.code() == Errc::failed; }

/// The refusal of a write, which names the property if a value in it is taken.
Error placed(Client& client, const Table& table, const Record& record, const Value* self, const Error& error) {
    if (!may_be_conflict(error)) return error;
    const auto taken = taken_property(client, table, record, self);
    if (taken.ok() && *taken) return duplicate_error(*table.model, table.property(**taken).name);
    if (error.code() == Errc::failed) return error;
    return Error{Errc::conflict, "Duplicate entry for " + table.model->name + ": a value that must be unique"};
}

Result<std::uint64_t> run_update(Client& client, const Table& table, const Document& filter, const Document& change,
                                 bool multi) {
    const auto& library = client.library();
    Document one{library}, list{library}, command{library};
    one.child("q", filter).child("u", change).boolean("multi", multi);
    list.child(list.next_index(), one);
    command.text("update", table.name).list("updates", list);
    MT_TRY(const auto answer, client.write(std::move(command)));
    return answer.value("n", std::uint64_t{0});
}

Result<std::uint64_t> run_delete(Client& client, const Table& table, const Document& filter) {
    const auto& library = client.library();
    Document one{library}, list{library}, command{library};
    one.child("q", filter).number("limit", 0);
    list.child(list.next_index(), one);
    command.text("delete", table.name).list("deletes", list);
    MT_TRY(const auto answer, client.write(std::move(command)));
    return answer.value("n", std::uint64_t{0});
}

/// Changes what satisfies the Where. What the server cannot decide is looked for first, and then changed by its ids if
/// what the server can decide still holds.
template <class Change>
Result<std::uint64_t> change_matching(Client& client, const Table& table, const Where& where, const Change& change) {
    const auto& library = client.library();
    if (is_exact(table, where)) return change(condition_of(library, table, where));
    std::vector<Value> ids;
    MT_CHECK(walk(client, table, where, [&](Record&& record) {
        ids.push_back(std::move(record.values[table.model->id_index]));
        return true;
    }));
    std::uint64_t rows = 0;
    for (std::size_t from = 0; from < ids.size(); from += k_piece_ids) {
        const auto rest = std::span{ids}.subspan(from);
        Document forms{library}, among{library}, parts{library}, by_id{library}, filter{library};
        for (const auto& id : rest.first(std::min(rest.size(), k_piece_ids)))
            append_forms(forms, table, table.model->id_index, id);
        among.list("$in", forms);
        by_id.child("_id", among);
        parts.child(parts.next_index(), by_id).child(parts.next_index(), condition_of(library, table, where));
        filter.list("$and", parts);
        MT_TRY(const auto changed, change(filter));
        rows += changed;
    }
    return rows;
}

bool sets_unique(const Table& table, const Record& changes) {
    for (std::size_t i = 0; i < table.fields.size(); ++i)
        if (table.property(i).unique && !changes.values[i].is_null() && !is_undefined(changes.values[i])) return true;
    return false;
}

/// Two rows cannot both get a value that is unique: known before the first of them changes.
Status check_one_row(Client& client, const Table& table, const Where& where, const Record& changes) {
    if (!sets_unique(table, changes)) return {};
    std::size_t rows = 0;
    MT_CHECK(walk(client, table, where, [&](Record&&) { return ++rows < 2; }));
    if (rows < 2) return {};
    for (std::size_t i = 0; i < table.fields.size(); ++i)
        if (table.property(i).unique && !changes.values[i].is_null() && !is_undefined(changes.values[i]))
            return duplicate_error(*table.model, table.property(i).name);
    return {};
}

}  // namespace

Result<Value> create_row(Client& client, const Table& table, const Record& given) {
    const auto& library = client.library();
    Record record = given;
    auto& id = record.values[table.model->id_index];
    const Value wanted = id;
    for (int attempt = 1;; ++attempt) {
        MT_TRY(id, id_for(client, table, wanted));
        MT_TRY(const auto row, row_of(library, table, record, true));
        Document list{library}, command{library};
        list.child(list.next_index(), row);
        command.text("insert", table.name).list("documents", list);
        const auto done = client.write(std::move(command));
        if (done.ok()) return id;
        const auto error = placed(client, table, record, nullptr, done.error());
        const bool by_id = error.message() == duplicate_error(*table.model, table.model->id().name).message();
        if (!by_id || is_chosen(wanted) || attempt == k_attempts) return error;
    }
}

Result<std::uint64_t> update_rows(Client& client, const Table& table, const Where& where, const Record& changes) {
    MT_TRY(const auto change, changes_of(client.library(), table, changes));
    if (change.empty()) return count_rows(client, table, where);
    MT_CHECK(check_one_row(client, table, where, changes));
    const auto done = change_matching(client, table, where, [&](const Document& filter) {
        return run_update(client, table, filter, change, true);
    });
    if (done.ok()) return done;
    const Value nobody;
    return placed(client, table, changes, &nobody, done.error());
}

Result<bool> replace_row(Client& client, const Table& table, const Value& id, const Record& record) {
    MT_TRY(const auto row, row_of(client.library(), table, record, false));
    const auto filter = with_value(client.library(), table, table.model->id_index, id);
    const auto done = run_update(client, table, filter, row, false);
    if (!done.ok()) return placed(client, table, record, &id, done.error());
    return *done > 0;
}

Result<std::uint64_t> destroy_rows(Client& client, const Table& table, const Where& where) {
    return change_matching(client, table, where,
                           [&](const Document& filter) { return run_delete(client, table, filter); });
}

}  // namespace mt::app::mongodb
