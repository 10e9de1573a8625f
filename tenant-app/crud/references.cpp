// referencesMany: the holder keeps a list of ids.
#include <algorithm>

#include "tenant-app/crud/draft.hpp"
#include "tenant-app/model/relation_keys.hpp"
#include "tenant-app/query/coerce.hpp"
#include "tenant-app/query/js.hpp"
#include "tenant-app/query/operators.hpp"

namespace mt::app {

namespace {

bool holds(const Value& ids, const Value& id) {
    return ids.is_array() && std::any_of(ids.begin(), ids.end(), [&](const Value& other) { return loosely_equal(other, id); });
}

}  // namespace

/// LoopBack's updateAttribute: one property of a row, the row being validated as it is then.
asio::awaitable<Status> Repository::store_value(const Model& holder, const Record& one, std::size_t property, Value value) {
    Draft draft{holder};
    draft.record.values[property] = std::move(value);
    Record existing = one;
    MT_CO_TRY([[maybe_unused]] const auto changed, co_await change(holder, std::move(existing), std::move(draft), true));
    co_return Status{};
}

Repository::Instances Repository::references_find(const Record& one, const Model& holder, const Relation& relation, Filter filter) {
    const auto keys = keys_of(holder, relation);
    std::vector<Instance> nothing;
    if (!keys || !one.values[keys->here].is_array() || one.values[keys->here].empty()) co_return nothing;
    const auto& ids = one.values[keys->here];
    Filter query = filter;
    query.where = Where::both(Where::among(keys->there, ids), std::move(query.where));
    query.include.clear();
    MT_CO_TRY(auto found, co_await rows(*relation.target, std::move(query)));
    if (filter.order.empty()) {
        const auto place = [&](const Record& row) {
            return std::find_if(ids.begin(), ids.end(), [&](const Value& id) { return loosely_equal(id, row.values[keys->there]); }) - ids.begin();
        };
        std::stable_sort(found.begin(), found.end(), [&](const Record& a, const Record& b) { return place(a) < place(b); });
    }
    co_return co_await with_includes(*relation.target, std::move(found), filter);
}

asio::awaitable<Result<Record>> Repository::references_one(const Model& holder, const Record& one, const Relation& relation,
                                                           std::string_view fk_text) {
    const auto& target = *relation.target;
    const auto keys = keys_of(holder, relation);
    MT_CO_TRY(auto filter, parse_related_filter(registry_, relation, json{}));
    filter.where = Where::both(Where::equals(target.id_index, coerce_id(target.id(), fk_text)), std::move(filter.where));
    filter.limit = 1;
    filter.skip = 0;
    MT_CO_TRY(auto found, co_await rows(target, std::move(filter)));
    if (found.empty() || !keys) co_return no_such_item(relation, fk_text);
    const auto& ids = one.values[keys->here];
    if (!holds(ids, found[0].values[keys->there])) {
        co_return Error{Errc::bad_request, "Key mismatch: " + holder.name + "." + relation.foreign_key + ": " + js::to_text(ids) + ", " +
                                               target.name + "." + relation.primary_key + ": " + js::to_text(found[0].values[keys->there])};
    }
    co_return std::move(found[0]);
}

Repository::Instances Repository::references_create(const Model& holder, Record one, const Relation& relation, json data) {
    const auto keys = keys_of(holder, relation);
    if (!keys) co_return Error{Errc::failed, "relation " + relation.name + " has no keys"};
    if (data.is_array()) for (auto& item : data) copy_properties(holder, one, relation, item);
    else copy_properties(holder, one, relation, data);
    MT_CO_TRY(auto made, co_await create_many(*relation.target, std::move(data)));
    Value ids = one.values[keys->here].is_array() ? one.values[keys->here] : json::array();
    for (const auto& instance : made) ids.insert(relation.prepend ? ids.begin() : ids.end(), instance.record.values[keys->there]);
    MT_CO_CHECK(co_await store_value(holder, one, keys->here, std::move(ids)));
    co_return made;
}

asio::awaitable<Status> Repository::references_drop(const Model& holder, Record one, const Relation& relation, const Value& id) {
    const auto at = holder.find_property(relation.foreign_key);
    if (!at || !holds(one.values[*at], id)) co_return Status{};
    auto ids = one.values[*at].get<json::array_t>();
    // LoopBack takes the first away; there is but one.
    ids.erase(std::find_if(ids.begin(), ids.end(), [&](const Value& other) { return loosely_equal(other, id); }));
    Value rest = std::move(ids);
    co_return co_await store_value(holder, one, *at, std::move(rest));
}

}  // namespace mt::app
