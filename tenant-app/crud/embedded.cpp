// embedsOne and embedsMany: the holder's row keeps the instances, as JSON in a property; every change is one of the holder.
#include <sys/random.h>

#include <algorithm>
#include <array>

#include "tenant-app/crud/draft.hpp"
#include "tenant-app/query/evaluate.hpp"
#include "tenant-app/query/js.hpp"
#include "tenant-app/query/operators.hpp"

namespace mt::app {

namespace {

/// The instances in a holder's row; of an embedsOne at most one.
json embedded_list(const Model& holder, const Record& row, const Relation& relation) {
    const auto at = holder.find_property(relation.foreign_key);
    if (!at) return json::array();
    const auto& value = row.values[*at];
    if (value.is_array()) return value;
    return value.is_object() ? json::array({value}) : json::array();
}

/// LoopBack gives what is embedded an id unless the database will.
void assign_id(const Relation& relation, const json& list, json& item) {
    const auto& id = relation.target->id();
    const bool many = relation.kind == RelationKind::embeds_many;
    if (relation.persistent || (!many && !id.generated)) return;
    if (!relation.force_embedded_id && item.contains(id.name)) return;
    if (id.type != Type::number) {
        item[id.name] = make_embedded_id();
        return;
    }
    double last = 0;
    for (const auto& other : list) {
        const auto it = other.is_object() ? other.find(id.name) : other.end();
        if (other.is_object() && it != other.end() && it->is_number()) last = std::max(last, it->get<double>());
    }
    item[id.name] = js::number_value(last + 1);
}

/// The position of the instance with this id; the end of the list if there is none.
std::size_t position_of(const Relation& relation, const json& list, std::string_view fk_text) {
    std::size_t i = 0;
    for (; i < list.size(); ++i) {
        const auto id = list[i].is_object() ? list[i].value(relation.target->id().name, json{}) : json{};
        if (!id.is_null() && js::to_text(id) == fk_text) break;
    }
    return i;
}

/// What the client gives, over what is there, as a valid instance.
Result<Record> merged(const Model& target, const json* existing, const json& data) {
    MT_TRY(auto draft, make_draft(target, data));
    if (existing) {
        MT_TRY(const auto before, embedded_record(target, *existing));
        for (std::size_t i = 0; i < before.values.size(); ++i) {
            if (is_undefined(draft.record.values[i])) draft.record.values[i] = before.values[i];
        }
        json extra = before.extra.is_object() ? before.extra : json::object();
        if (draft.record.extra.is_object()) extra.update(draft.record.extra);
        draft.record.extra = std::move(extra);
    } else {
        apply_defaults(target, draft.record);
    }
    MT_CHECK(validate(target, draft.record, draft, false));
    return std::move(draft.record);
}

std::vector<Instance> one_instance(Record record) {
    std::vector<Instance> out;
    out.emplace_back(std::move(record));
    return out;
}

}  // namespace

std::string make_embedded_id() {
    std::array<unsigned char, 12> bytes{};
    // Below 256 bytes getrandom(2) neither fails nor comes short.
    [[maybe_unused]] const auto got = ::getrandom(bytes.data(), bytes.size(), 0);
    std::string out;
    for (const auto byte : bytes) {
        out += "0123456789abcdef"[byte >> 4];
        out += "0123456789abcdef"[byte & 15];
    }
    return out;
}

Repository::Instances Repository::embedded_find(const Model& holder, const Record& one, const Relation& relation, const Filter* filter) {
    const auto& target = *relation.target;
    std::vector<Record> records;
    for (const auto& item : embedded_list(holder, one, relation)) {
        if (!item.is_object()) continue;
        MT_CO_TRY(auto record, embedded_record(target, item));
        records.push_back(std::move(record));
    }
    static const Filter k_everything;
    if (!filter) filter = &k_everything;
    // Of a filter LoopBack looks at the where and the include.
    Where where = filter->where;
    MT_CO_CHECK(co_await resolve(target, where));
    const Matcher matcher{where};
    std::erase_if(records, [&](const Record& record) { return !matcher(record); });
    co_return co_await with_includes(target, std::move(records), *filter);
}

Repository::Instances Repository::embedded_create(const Model& holder, Record one, const Relation& relation, json data) {
    const auto& target = *relation.target;
    const auto at = holder.find_property(relation.foreign_key);
    if (!at) co_return Error{Errc::failed, "relation " + relation.name + " has no property"};
    const bool many = relation.kind == RelationKind::embeds_many;
    json list = many ? embedded_list(holder, one, relation) : json::array();
    const bool several = data.is_array();
    if (several && !many) co_return value_is_no_object();
    json given = several ? std::move(data) : json::array({std::move(data)});
    std::vector<Instance> made;
    for (auto& item : given) {
        if (item.is_null()) item = json::object();
        if (!item.is_object()) co_return value_is_no_object();
        copy_properties(holder, one, relation, item);
        assign_id(relation, list, item);
        MT_CO_TRY(auto record, merged(target, nullptr, item));
        list.insert(relation.prepend ? list.begin() : list.end(), embedded_json(target, record));
        made.emplace_back(std::move(record));
    }
    Value value = many ? Value(std::move(list)) : list.back();
    MT_CO_CHECK(co_await store_value(holder, one, *at, std::move(value)));
    co_return made;
}

Repository::Instances Repository::embedded_update(const Model& holder, const Record& one, const Relation& relation, std::string_view fk_text,
                                                  json data) {
    const auto& target = *relation.target;
    const auto at = holder.find_property(relation.foreign_key);
    json list = embedded_list(holder, one, relation);
    const bool many = relation.kind == RelationKind::embeds_many;
    const auto position = many ? position_of(relation, list, fk_text) : 0;
    std::vector<Instance> nothing;
    if (!at || (many && position == list.size())) co_return nothing;
    if (!many && list.empty()) {
        Record row = one;
        co_return co_await embedded_create(holder, std::move(row), relation, std::move(data));
    }
    MT_CO_TRY(auto record, merged(target, &list[position], data));
    // LoopBack saves the holder with a copy that looks new to it, and a new instance must not choose its id.
    const bool frozen = !many && relation.validate && target.force_id && target.id().generated;
    if (frozen && !is_undefined(record.values[target.id_index])) {
        co_return invalid_property(holder, relation.name, "invalid", "is invalid: `" + target.id().name + "` can't be set", undefined());
    }
    list[position] = embedded_json(target, record);
    Value value = many ? Value(std::move(list)) : list[0];
    MT_CO_CHECK(co_await store_value(holder, one, *at, std::move(value)));
    co_return one_instance(std::move(record));
}

asio::awaitable<Status> Repository::embedded_destroy(const Model& holder, const Record& one, const Relation& relation, std::string_view fk_text) {
    const auto at = holder.find_property(relation.foreign_key);
    json list = embedded_list(holder, one, relation);
    const bool many = relation.kind == RelationKind::embeds_many;
    const auto position = many ? position_of(relation, list, fk_text) : 0;
    // What is not there need not go.
    if (!at || position >= list.size()) co_return Status{};
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(position));
    Value value = many ? Value(std::move(list)) : Value{};
    co_return co_await store_value(holder, one, *at, std::move(value));
}

}  // namespace mt::app
