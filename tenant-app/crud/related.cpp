// Operations below one instance of the holder. What belongs to hasMany, hasOne and belongsTo is here, where the kinds part; the
// other kinds are in through.cpp, references.cpp and embedded.cpp.
#include <algorithm>

#include "tenant-app/crud/draft.hpp"
#include "tenant-app/model/relation_keys.hpp"
#include "tenant-app/query/coerce.hpp"
#include "tenant-app/query/js.hpp"
#include "tenant-app/query/operators.hpp"

namespace mt::app {

namespace {

/// The condition that makes a target row one of the holder's; nothing matches without a key.
Where belongs_here(const Model& holder, const Record& row, const Relation& relation) {
    const auto keys = keys_of(holder, relation);
    if (!keys || row.values[keys->here].is_null()) return Where::nothing();
    auto where = Where::equals(keys->there, row.values[keys->here]);
    if (!keys->discriminator) return where;
    return Where::both(std::move(where), Where::equals(*keys->discriminator, discriminator_of(holder, relation)));
}

/// LoopBack looks the name up whatever its case.
Result<const Model*> named_target(const Registry& registry, const Model& holder, const Record& row, const Relation& relation) {
    const auto lower = [](std::string text) {
        std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        return text;
    };
    const auto type = holder.find_property(relation.discriminator);
    if (!type || !row.values[*type].is_string()) {
        return Error{Errc::not_found, "Polymorphic model not found: `" + relation.discriminator + "` not set"};
    }
    const auto name = lower(row.values[*type].get<std::string>());
    for (const auto& model : registry.models) {
        if (model->persisted && lower(model->name) == name) return model.get();
    }
    return Error{Errc::not_found, "Polymorphic model not found: `" + name + "`"};
}

}  // namespace

Error no_such_item(const Relation& relation, std::string_view fk_text) {
    return Error{Errc::not_found, "No instance with id " + std::string{fk_text} + " found for " + relation.target->name};
}

void copy_properties(const Model& holder, const Record& row, const Relation& relation, json& data) {
    if (!data.is_object()) return;
    for (const auto& [from, to] : relation.properties) {
        const auto at = holder.find_property(from);
        if (at && !is_undefined(row.values[*at])) data[to] = row.values[*at];
    }
    if (relation.polymorphic()) data[relation.discriminator] = discriminator_of(holder, relation);
}

asio::awaitable<Result<Record>> Repository::holder_of(const Model& holder, std::string_view id_text) {
    auto id = coerce_id(holder.id(), id_text);
    MT_CO_TRY(auto found, co_await row(holder, std::move(id)));
    if (found.empty()) co_return no_such_holder(id_text);
    co_return std::move(found[0]);
}

asio::awaitable<Result<Record>> Repository::related_one(const Model& holder, std::string_view id_text, const Relation& relation,
                                                        std::string_view fk_text) {
    const auto& target = *relation.target;
    MT_CO_TRY(const auto one, co_await holder_of(holder, id_text));
    if (relation.kind == RelationKind::has_many_through) co_return co_await through_one(holder, one, relation, fk_text);
    if (relation.kind == RelationKind::references_many) co_return co_await references_one(holder, one, relation, fk_text);
    MT_CO_TRY(auto filter, parse_related_filter(registry_, relation, json{}));
    filter.where = Where::both(belongs_here(holder, one, relation), std::move(filter.where));
    filter.limit = 1;
    filter.skip = 0;
    const bool many = relation.kind == RelationKind::has_many;
    if (many) filter.where = Where::both(Where::equals(target.id_index, coerce_id(target.id(), fk_text)), std::move(filter.where));
    MT_CO_TRY(auto found, co_await rows(target, std::move(filter)));
    if (!found.empty()) co_return std::move(found[0]);
    if (many) co_return no_such_item(relation, fk_text);
    co_return Error{Errc::not_found, "No \"" + target.name + "\" instance(s) found"}.labelled("MODEL_NOT_FOUND");
}

Repository::Instances Repository::belonging(const Model& holder, const Record& one, const Relation& relation) {
    const Model* target = relation.target;
    if (!target) {
        MT_CO_TRY(target, named_target(registry_, holder, one, relation));
    }
    const auto here = holder.find_property(relation.foreign_key), there = target->find_property(relation.primary_key);
    if (!here || !there || one.values[*here].is_null()) {
        auto nothing = instances_of({Record{*target}});
        nothing[0].model = target;
        co_return nothing;
    }
    MT_CO_TRY(auto filter, parse_filter(registry_, *target, relation.scope ? *relation.scope : json{}));
    filter.where = Where::both(Where::equals(*there, one.values[*here]), std::move(filter.where));
    filter.limit = 1;
    filter.skip = 0;
    MT_CO_TRY(auto found, co_await rows(*target, std::move(filter)));
    auto instances = instances_of(std::move(found));
    for (auto& instance : instances) instance.model = target;
    co_return instances;
}

Repository::Instances Repository::related(const Model& holder, std::string_view id_text, const Relation& relation, const Filter* filter) {
    static const Filter k_everything;
    if (relation.kind == RelationKind::has_one) {
        MT_CO_TRY(auto one, co_await related_one(holder, id_text, relation, {}));
        std::vector<Instance> out;
        out.emplace_back(std::move(one));
        co_return out;
    }
    MT_CO_TRY(const auto one, co_await holder_of(holder, id_text));
    switch (relation.kind) {
        case RelationKind::belongs_to: co_return co_await belonging(holder, one, relation);
        case RelationKind::has_many_through: co_return co_await through_find(holder, one, relation, filter);
        case RelationKind::references_many: {
            Filter wanted = filter ? *filter : k_everything;
            co_return co_await references_find(one, holder, relation, std::move(wanted));
        }
        case RelationKind::embeds_many: co_return co_await embedded_find(holder, one, relation, filter);
        case RelationKind::embeds_one: {
            MT_CO_TRY(auto found, co_await embedded_find(holder, one, relation, filter));
            if (found.empty()) {
                co_return Error{Errc::not_found, "No \"" + relation.target->name + "\" instance(s) found"}.labelled("MODEL_NOT_FOUND");
            }
            co_return found;
        }
        case RelationKind::has_many:
        case RelationKind::has_one: break;
    }
    Filter query = filter ? *filter : k_everything;
    query.where = Where::both(belongs_here(holder, one, relation), std::move(query.where));
    query.include.clear();
    MT_CO_TRY(auto found, co_await rows(*relation.target, std::move(query)));
    // The caller's filter, not our copy: what is included borrows its scopes.
    co_return co_await with_includes(*relation.target, std::move(found), filter ? *filter : k_everything);
}

asio::awaitable<Result<std::uint64_t>> Repository::related_count(const Model& holder, std::string_view id_text,
                                                                 const Relation& relation, const Where& where) {
    MT_CO_TRY(const auto one, co_await holder_of(holder, id_text));
    // LoopBack counts the rows of the embedded model's own table, which has none.
    if (relation.embeds()) co_return std::uint64_t{0};
    if (relation.kind == RelationKind::has_many_through) co_return co_await through_count(holder, one, relation, where);
    if (relation.kind == RelationKind::references_many) {
        Filter filter;
        filter.where = where;
        MT_CO_TRY(const auto found, co_await references_find(one, holder, relation, std::move(filter)));
        co_return std::uint64_t{found.size()};
    }
    auto all = Where::both(belongs_here(holder, one, relation), where);
    co_return co_await rows_count(*relation.target, std::move(all));
}

asio::awaitable<Result<Instance>> Repository::related_find_by_id(const Model& holder, std::string_view id_text,
                                                                 const Relation& relation, std::string_view fk_text) {
    if (relation.embeds()) {
        MT_CO_TRY(const auto one, co_await holder_of(holder, id_text));
        MT_CO_TRY(auto all, co_await embedded_find(holder, one, relation, nullptr));
        const auto at = relation.target->id_index;
        for (auto& instance : all) {
            if (js::to_text(instance.record.values[at]) == fk_text) co_return std::move(instance);
        }
        co_return Error{Errc::not_found, "Unknown \"" + relation.target->name + "\" id \"" + std::string{fk_text} + "\"."}.labelled(
            "MODEL_NOT_FOUND");
    }
    MT_CO_TRY(auto one, co_await related_one(holder, id_text, relation, fk_text));
    co_return Instance{std::move(one)};
}

Repository::Instances Repository::related_create(const Model& holder, std::string_view id_text, const Relation& relation, json data) {
    const auto& target = *relation.target;
    MT_CO_TRY(auto one, co_await holder_of(holder, id_text));
    switch (relation.kind) {
        case RelationKind::has_many_through: co_return co_await through_create(holder, one, relation, std::move(data));
        case RelationKind::references_many: co_return co_await references_create(holder, std::move(one), relation, std::move(data));
        case RelationKind::embeds_one:
        case RelationKind::embeds_many: co_return co_await embedded_create(holder, std::move(one), relation, std::move(data));
        case RelationKind::belongs_to:
            co_return Error{Errc::not_allowed, "A belongsTo relation cannot be created through its holder"};
        case RelationKind::has_many:
        case RelationKind::has_one: break;
    }
    const auto key = holder.find_property(relation.primary_key);
    const Value value = key ? one.values[*key] : Value{};
    if (relation.kind == RelationKind::has_one) {
        if (!data.is_object() && !data.is_null()) co_return value_is_no_object();
        MT_CO_TRY(auto filter, parse_related_filter(registry_, relation, json{}));
        auto where = Where::both(belongs_here(holder, one, relation), std::move(filter.where));
        MT_CO_TRY(const auto count, co_await rows_count(target, std::move(where)));
        if (count > 0) {
            co_return Error{Errc::not_allowed, "HasOne relation cannot create more than one instance of " + target.name};
        }
    }
    // Whatever key the client names, the row becomes the holder's.
    const auto owned = [&](json& item) {
        if (item.is_null()) item = json::object();
        if (item.is_object()) item[relation.foreign_key] = value;
        copy_properties(holder, one, relation, item);
    };
    if (data.is_array()) for (auto& item : data) owned(item);
    else owned(data);
    co_return co_await create_many(target, std::move(data));
}

Repository::Instances Repository::related_update_by_id(const Model& holder, std::string_view id_text, const Relation& relation,
                                                       std::string_view fk_text, json data) {
    if (!data.is_object() && !data.is_null()) co_return value_is_no_object();
    if (relation.embeds()) {
        MT_CO_TRY(const auto one, co_await holder_of(holder, id_text));
        co_return co_await embedded_update(holder, one, relation, fk_text, std::move(data));
    }
    const auto& target = *relation.target;
    MT_CO_TRY(auto found, co_await related_one(holder, id_text, relation, fk_text));
    MT_CO_TRY(auto draft, make_draft(target, data));
    const bool keyed = relation.kind == RelationKind::has_many || relation.kind == RelationKind::has_one;
    const auto key = keyed ? target.find_property(relation.foreign_key) : std::nullopt;
    if (key && !is_undefined(draft.record.values[*key]) && !loosely_equal(draft.record.values[*key], found.values[*key])) {
        co_return Error{Errc::bad_request, "Cannot override foreign key " + relation.foreign_key + " from " +
                                               js::to_text(found.values[*key]) + " to " + js::to_text(draft.record.values[*key])};
    }
    MT_CO_TRY(auto changed, co_await change(target, std::move(found), std::move(draft), true));
    std::vector<Instance> out;
    out.push_back(std::move(changed));
    co_return out;
}

asio::awaitable<Status> Repository::related_destroy_by_id(const Model& holder, std::string_view id_text, const Relation& relation,
                                                          std::string_view fk_text) {
    const auto& target = *relation.target;
    if (relation.embeds() || relation.kind == RelationKind::has_many_through) {
        MT_CO_TRY(const auto one, co_await holder_of(holder, id_text));
        if (relation.embeds()) co_return co_await embedded_destroy(holder, one, relation, fk_text);
        co_return co_await through_destroy(holder, one, relation, fk_text);
    }
    MT_CO_TRY(const auto found, co_await related_one(holder, id_text, relation, fk_text));
    if (relation.kind == RelationKind::references_many) {
        MT_CO_TRY(auto one, co_await holder_of(holder, id_text));
        MT_CO_CHECK(co_await references_drop(holder, std::move(one), relation, found.values[target.id_index]));
    }
    auto where = Where::equals(target.id_index, found.values[target.id_index]);
    MT_CO_TRY(const auto count, co_await rows_destroy(target, std::move(where)));
    if (count == 0) co_return no_such_item(relation, fk_text);
    co_return Status{};
}

asio::awaitable<Result<std::uint64_t>> Repository::related_destroy_all(const Model& holder, std::string_view id_text,
                                                                       const Relation& relation, const Where& where) {
    MT_CO_TRY(auto one, co_await holder_of(holder, id_text));
    const auto keys = keys_of(holder, relation);
    if (relation.embeds() || relation.kind == RelationKind::references_many) {
        const auto at = holder.find_property(relation.foreign_key);
        if (!at) co_return std::uint64_t{0};
        const Value ids = one.values[*at];
        MT_CO_CHECK(co_await store_value(holder, one, *at, json::array()));
        if (relation.embeds() || !ids.is_array() || !keys) co_return std::uint64_t{0};
        auto referenced = Where::among(keys->there, ids);
        co_return co_await rows_destroy(*relation.target, std::move(referenced));
    }
    if (relation.kind == RelationKind::has_many_through) {
        // The tie goes, what is tied stays.
        MT_CO_TRY(auto all, ties(holder, one, relation));
        co_return co_await rows_destroy(*relation.through, std::move(all.where));
    }
    MT_CO_TRY(auto filter, parse_related_filter(registry_, relation, json{}));
    auto all = Where::both(belongs_here(holder, one, relation), Where::both(where, std::move(filter.where)));
    co_return co_await rows_destroy(*relation.target, std::move(all));
}

}  // namespace mt::app
