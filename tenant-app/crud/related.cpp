#include "tenant-app/crud/draft.hpp"
#include "tenant-app/query/coerce.hpp"
#include "tenant-app/query/js.hpp"
#include "tenant-app/query/operators.hpp"

namespace mt::app {

namespace {

/// The condition that makes a target row one of the holder's; nothing matches without a key.
Where belongs_here(const Model& holder, const Record& row, const Relation& relation) {
    const bool belongs = relation.kind == RelationKind::belongs_to;
    const auto here = holder.find_property(belongs ? relation.foreign_key : relation.primary_key);
    const auto there = relation.target->find_property(belongs ? relation.primary_key : relation.foreign_key);
    if (!here || !there || row.values[*here].is_null()) return Where::nothing();
    return Where::equals(*there, row.values[*here]);
}

Error no_such_item(const Relation& relation, std::string_view fk_text) {
    return Error{Errc::not_found, "No instance with id " + std::string{fk_text} + " found for " + relation.target->name};
}

std::vector<Instance> instances_of(std::vector<Record> rows) {
    std::vector<Instance> out;
    out.reserve(rows.size());
    for (auto& row : rows) out.emplace_back(std::move(row));
    return out;
}

}  // namespace

asio::awaitable<Result<Record>> Repository::holder_of(const Model& holder, std::string_view id_text) {
    MT_CO_TRY(auto rows, co_await find_record(connector_of_(holder), holder, coerce_id(holder.id(), id_text)));
    if (rows.empty()) co_return no_such_holder(id_text);
    co_return std::move(rows[0]);
}

asio::awaitable<Result<Record>> Repository::related_one(const Model& holder, std::string_view id_text, const Relation& relation,
                                                        std::string_view fk_text) {
    const auto& target = *relation.target;
    MT_CO_TRY(const auto row, co_await holder_of(holder, id_text));
    Filter filter;
    filter.where = belongs_here(holder, row, relation);
    filter.limit = 1;
    if (relation.kind == RelationKind::has_many) {
        filter.where = Where::both(Where::equals(target.id_index, coerce_id(target.id(), fk_text)), std::move(filter.where));
    }
    MT_CO_TRY(auto rows, co_await connector_of_(target).find(target, filter));
    if (!rows.empty()) co_return std::move(rows[0]);
    if (relation.kind == RelationKind::has_many) co_return no_such_item(relation, fk_text);
    co_return Error{Errc::not_found, "No " + relation.name + " found for " + holder.name + " " + std::string{id_text}}.labelled(
        "MODEL_NOT_FOUND");
}

asio::awaitable<Result<std::vector<Instance>>> Repository::related(const Model& holder, std::string_view id_text,
                                                                   const Relation& relation, const Filter& filter) {
    const auto& target = *relation.target;
    std::vector<Instance> one;
    if (relation.kind == RelationKind::has_one) {
        MT_CO_TRY(auto row, co_await related_one(holder, id_text, relation, {}));
        one.emplace_back(std::move(row));
        co_return one;
    }
    MT_CO_TRY(const auto row, co_await holder_of(holder, id_text));
    auto where = belongs_here(holder, row, relation);
    if (relation.kind == RelationKind::belongs_to) {
        if (where.never()) {
            one.emplace_back(Record{target});
            co_return one;
        }
        Filter all;
        all.where = std::move(where);
        all.limit = 1;
        MT_CO_TRY(auto rows, co_await connector_of_(target).find(target, all));
        co_return instances_of(std::move(rows));
    }
    Filter query = filter;
    query.where = Where::both(std::move(where), std::move(query.where));
    query.include.clear();
    MT_CO_TRY(auto rows, co_await connector_of_(target).find(target, query));
    auto instances = instances_of(std::move(rows));
    std::vector<Instance*> pointers;
    for (auto& instance : instances) pointers.push_back(&instance);
    // The caller's filter, not our copy: what is included borrows its scopes.
    MT_CO_CHECK(co_await load_includes(connector_of_, target, std::move(pointers), filter));
    co_return instances;
}

asio::awaitable<Result<std::uint64_t>> Repository::related_count(const Model& holder, std::string_view id_text,
                                                                 const Relation& relation, const Where& where) {
    MT_CO_TRY(const auto row, co_await holder_of(holder, id_text));
    const auto all = Where::both(belongs_here(holder, row, relation), where);
    co_return co_await connector_of_(*relation.target).count(*relation.target, all);
}

asio::awaitable<Result<Instance>> Repository::related_find_by_id(const Model& holder, std::string_view id_text,
                                                                 const Relation& relation, std::string_view fk_text) {
    MT_CO_TRY(auto row, co_await related_one(holder, id_text, relation, fk_text));
    co_return Instance{std::move(row)};
}

asio::awaitable<Result<std::vector<Instance>>> Repository::related_create(const Model& holder, std::string_view id_text,
                                                                          const Relation& relation, json data) {
    const auto& target = *relation.target;
    MT_CO_TRY(const auto row, co_await holder_of(holder, id_text));
    if (relation.kind == RelationKind::belongs_to) co_return Error{Errc::not_allowed, "A belongsTo relation cannot be created through its holder"};
    const auto key = holder.find_property(relation.primary_key);
    const Value value = key ? row.values[*key] : Value{};
    if (relation.kind == RelationKind::has_one) {
        if (!data.is_object() && !data.is_null()) co_return value_is_no_object();
        const auto where = belongs_here(holder, row, relation);
        MT_CO_TRY(const auto count, co_await connector_of_(target).count(target, where));
        if (count > 0) {
            co_return Error{Errc::not_allowed, "HasOne relation cannot create more than one instance of " + target.name};
        }
    }
    // Whatever key the client names, the row becomes the holder's.
    const auto owned = [&](json& item) {
        if (item.is_null()) item = json::object();
        if (item.is_object()) item[relation.foreign_key] = value;
    };
    if (data.is_array()) for (auto& item : data) owned(item);
    else owned(data);
    co_return co_await create_many(target, std::move(data));
}

asio::awaitable<Result<Instance>> Repository::related_update_by_id(const Model& holder, std::string_view id_text,
                                                                   const Relation& relation, std::string_view fk_text, json data) {
    if (!data.is_object() && !data.is_null()) co_return value_is_no_object();
    const auto& target = *relation.target;
    MT_CO_TRY(auto row, co_await related_one(holder, id_text, relation, fk_text));
    MT_CO_TRY(auto draft, make_draft(target, data));
    const auto key = target.find_property(relation.foreign_key);
    if (key && relation.kind != RelationKind::belongs_to && !is_undefined(draft.record.values[*key]) &&
        !loosely_equal(draft.record.values[*key], row.values[*key])) {
        co_return Error{Errc::bad_request, "Cannot override foreign key " + relation.foreign_key + " from " +
                                               js::to_text(row.values[*key]) + " to " + js::to_text(draft.record.values[*key])};
    }
    co_return co_await change(target, std::move(row), std::move(draft), true);
}

asio::awaitable<Status> Repository::related_destroy_by_id(const Model& holder, std::string_view id_text, const Relation& relation,
                                                          std::string_view fk_text) {
    const auto& target = *relation.target;
    MT_CO_TRY(const auto row, co_await related_one(holder, id_text, relation, fk_text));
    const auto where = Where::equals(target.id_index, row.values[target.id_index]);
    MT_CO_TRY(const auto count, co_await destroy(target, where));
    if (count == 0) co_return no_such_item(relation, fk_text);
    co_return Status{};
}

asio::awaitable<Result<std::uint64_t>> Repository::related_destroy_all(const Model& holder, std::string_view id_text,
                                                                       const Relation& relation, const Where& where) {
    MT_CO_TRY(const auto row, co_await holder_of(holder, id_text));
    const auto all = Where::both(belongs_here(holder, row, relation), where);
    co_return co_await destroy(*relation.target, all);
}

}  // namespace mt::app
