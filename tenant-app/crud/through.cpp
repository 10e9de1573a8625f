// hasMany through and hasAndBelongsToMany: rows of a third model tie the two. Linking makes such a row unless there is one.
#include <algorithm>

#include "tenant-app/crud/draft.hpp"
#include "tenant-app/model/relation_keys.hpp"
#include "tenant-app/query/coerce.hpp"
#include "tenant-app/query/js.hpp"
#include "tenant-app/query/operators.hpp"

namespace mt::app {

namespace {

/// LoopBack's texts differ in a space.
Error not_tied(const char* text, const Model& holder, std::string_view id, const Relation& relation, std::string_view fk_text, const char* comma) {
    return Error{Errc::not_found, std::string{text} + " found in " + relation.through->name + " for (" + holder.name + "." + std::string{id} +
                                      comma + relation.target->name + "." + std::string{fk_text} + ")"};
}

std::string id_text_of(const Model& model, const Record& row) { return js::to_text(row.values[model.id_index]); }

}  // namespace

/// The rows that tie this holder, in the order of the relation's scope.
Result<Filter> Repository::ties(const Model& holder, const Record& one, const Relation& relation) const {
    const auto keys = keys_of(holder, relation);
    MT_TRY(auto filter, parse_filter(registry_, *relation.through, relation.scope ? *relation.scope : json{}));
    if (!keys || one.values[keys->here].is_null()) {
        filter.where = Where::nothing();
        return filter;
    }
    auto where = Where::equals(keys->through_here, one.values[keys->here]);
    if (keys->discriminator) where = Where::both(std::move(where), Where::equals(*keys->discriminator, discriminator_of(holder, relation)));
    filter.where = Where::both(std::move(where), std::move(filter.where));
    return filter;
}

asio::awaitable<Result<bool>> Repository::tied(const Model& holder, const Record& one, const Relation& relation, const Value& fk) {
    const auto keys = keys_of(holder, relation);
    MT_CO_TRY(auto filter, ties(holder, one, relation));
    auto where = Where::both(keys ? Where::equals(keys->through_there, fk) : Where::nothing(), std::move(filter.where));
    MT_CO_TRY(const auto count, co_await rows_count(*relation.through, std::move(where)));
    co_return count > 0;
}

/// LoopBack's findOrCreate on the through model.
asio::awaitable<Result<Instance>> Repository::tie(const Model& holder, const Record& one, const Relation& relation, const Value& fk, json data) {
    const auto keys = keys_of(holder, relation);
    if (!keys) co_return Error{Errc::failed, "relation " + relation.name + " has no keys"};
    MT_CO_TRY(auto filter, ties(holder, one, relation));
    filter.where = Where::both(Where::equals(keys->through_there, fk), std::move(filter.where));
    filter.limit = 1;
    filter.skip = 0;
    MT_CO_TRY(auto found, co_await rows(*relation.through, std::move(filter)));
    if (!found.empty()) co_return Instance{std::move(found[0])};
    if (!data.is_object()) data = json::object();
    data[relation.foreign_key] = one.values[keys->here];
    data[relation.through_key] = fk;
    copy_properties(holder, one, relation, data);
    co_return co_await create(*relation.through, std::move(data));
}

Repository::Instances Repository::through_find(const Model& holder, const Record& one, const Relation& relation, const Filter* filter) {
    const auto& target = *relation.target;
    const auto keys = keys_of(holder, relation);
    std::vector<Instance> out;
    if (!keys) co_return out;
    MT_CO_TRY(auto query, ties(holder, one, relation));
    MT_CO_TRY(const auto found, co_await rows(*relation.through, std::move(query)));
    if (found.empty()) co_return out;
    MT_CO_TRY(auto wanted, filter ? Result<Filter>{*filter} : parse_filter(registry_, target, json{}));
    wanted.where = Where::both(Where::among(keys->there, values_at(found, keys->through_there)), std::move(wanted.where));
    wanted.include.clear();
    MT_CO_TRY(auto targets, co_await rows(target, std::move(wanted)));
    if (filter) co_return co_await with_includes(target, std::move(targets), *filter);
    // Without a filter LoopBack answers what each tie leads to, in the order of the ties.
    for (const auto& tie : found) {
        const auto it = std::find_if(targets.begin(), targets.end(), [&](const Record& row) {
            return loosely_equal(row.values[keys->there], tie.values[keys->through_there]);
        });
        if (it != targets.end()) out.emplace_back(*it);
    }
    co_return out;
}

asio::awaitable<Result<std::uint64_t>> Repository::through_count(const Model& holder, const Record& one, const Relation& relation,
                                                                 const Where& where) {
    const auto keys = keys_of(holder, relation);
    if (!keys) co_return std::uint64_t{0};
    MT_CO_TRY(auto query, ties(holder, one, relation));
    if (where.always()) co_return co_await rows_count(*relation.through, std::move(query.where));
    MT_CO_TRY(const auto found, co_await rows(*relation.through, std::move(query)));
    auto both = Where::both(Where::among(keys->there, values_at(found, keys->through_there)), where);
    co_return co_await rows_count(*relation.target, std::move(both));
}

asio::awaitable<Result<Record>> Repository::through_one(const Model& holder, const Record& one, const Relation& relation,
                                                        std::string_view fk_text) {
    const auto& target = *relation.target;
    auto id = coerce_id(target.id(), fk_text);
    MT_CO_TRY(const bool found, co_await tied(holder, one, relation, id));
    if (!found) co_return not_tied("No relation", holder, id_text_of(holder, one), relation, fk_text, ",");
    MT_CO_TRY(auto targets, co_await row(target, std::move(id)));
    if (targets.empty()) co_return no_such_item(relation, fk_text);
    co_return std::move(targets[0]);
}

Repository::Instances Repository::through_create(const Model& holder, const Record& one, const Relation& relation, json data) {
    const auto& target = *relation.target;
    MT_CO_TRY(auto made, co_await create_many(target, std::move(data)));
    for (const auto& instance : made) {
        const Value id = instance.record.values[target.id_index];
        auto result = co_await tie(holder, one, relation, id, json{});
        if (result.ok()) continue;
        // What could not be tied is not left behind; that it cannot be taken back changes nothing of the failure.
        auto where = Where::equals(target.id_index, id);
        [[maybe_unused]] const auto undone = co_await rows_destroy(target, std::move(where));
        co_return result.error();
    }
    co_return made;
}

asio::awaitable<Status> Repository::through_destroy(const Model& holder, const Record& one, const Relation& relation, std::string_view fk_text) {
    const auto& target = *relation.target;
    const auto id = coerce_id(target.id(), fk_text);
    MT_CO_TRY(const bool found, co_await tied(holder, one, relation, id));
    if (!found) co_return not_tied("No record", holder, id_text_of(holder, one), relation, fk_text, " ,");
    const auto keys = keys_of(holder, relation);
    MT_CO_TRY(auto all, ties(holder, one, relation));
    auto where = Where::both(Where::equals(keys->through_there, id), std::move(all.where));
    MT_CO_TRY([[maybe_unused]] const auto cut, co_await rows_destroy(*relation.through, std::move(where)));
    auto itself = Where::both(Where::equals(target.id_index, id), default_where(target));
    MT_CO_TRY([[maybe_unused]] const auto gone, co_await rows_destroy(target, std::move(itself)));
    co_return Status{};
}

Repository::Instances Repository::link(const Model& holder, std::string_view id_text, const Relation& relation, std::string_view fk_text, json data) {
    MT_CO_TRY(auto one, co_await holder_of(holder, id_text));
    const auto& target = *relation.target;
    auto id = coerce_id(target.id(), fk_text);
    std::vector<Instance> out;
    if (relation.kind == RelationKind::has_many_through) {
        if (is_undefined(id)) co_return no_such_item(relation, fk_text);
        MT_CO_TRY(auto made, co_await tie(holder, one, relation, id, std::move(data)));
        out.push_back(std::move(made));
        co_return out;
    }
    const auto at = holder.find_property(relation.foreign_key);
    MT_CO_TRY(auto filter, parse_related_filter(registry_, relation, json{}));
    filter.where = Where::both(Where::equals(target.id_index, std::move(id)), std::move(filter.where));
    filter.limit = 1;
    filter.skip = 0;
    MT_CO_TRY(auto found, co_await rows(target, std::move(filter)));
    if (found.empty() || !at) co_return out;
    Value ids = one.values[*at].is_array() ? one.values[*at] : json::array();
    ids.insert(relation.prepend ? ids.begin() : ids.end(), found[0].values[target.id_index]);
    MT_CO_CHECK(co_await store_value(holder, one, *at, std::move(ids)));
    out.emplace_back(std::move(found[0]));
    co_return out;
}

asio::awaitable<Status> Repository::unlink(const Model& holder, std::string_view id_text, const Relation& relation, std::string_view fk_text) {
    MT_CO_TRY(auto one, co_await holder_of(holder, id_text));
    const auto id = coerce_id(relation.target->id(), fk_text);
    if (relation.kind == RelationKind::references_many) co_return co_await references_drop(holder, std::move(one), relation, id);
    const auto keys = keys_of(holder, relation);
    MT_CO_TRY(auto all, ties(holder, one, relation));
    auto where = Where::both(keys ? Where::equals(keys->through_there, id) : Where::nothing(), std::move(all.where));
    MT_CO_TRY([[maybe_unused]] const auto cut, co_await rows_destroy(*relation.through, std::move(where)));
    co_return Status{};
}

asio::awaitable<Result<bool>> Repository::linked(const Model& holder, std::string_view id_text, const Relation& relation,
                                                 std::string_view fk_text) {
    MT_CO_TRY(const auto one, co_await holder_of(holder, id_text));
    const auto id = coerce_id(relation.target->id(), fk_text);
    if (relation.kind == RelationKind::has_many_through) co_return co_await tied(holder, one, relation, id);
    const auto at = holder.find_property(relation.foreign_key);
    if (!at || !one.values[*at].is_array()) co_return false;
    const auto& ids = one.values[*at];
    co_return std::any_of(ids.begin(), ids.end(), [&](const Value& other) { return loosely_equal(other, id); });
}

}  // namespace mt::app
