#include <algorithm>

#include "tenant-app/auth/access.hpp"
#include "tenant-app/query/coerce.hpp"

// Who owns an instance: a user owns herself; of anything else the property userId, or else owner, names the owner; without them
// the first belongsTo relation to a user model does, or those that the setting ownerRelations lists.
namespace mt::app {

namespace {

bool truthy(const Value& value) {
    return !is_undefined(value) && !value.is_null() && value != false && value != 0 && value != "";
}

/// Where several user models share the tokens, an id says who it is only together with its model.
bool leads_to_user(const Relation& relation, const Session& session) {
    return relation.kind == RelationKind::belongs_to && relation.target && relation.target->builtin == BuiltIn::user &&
           (session.user_type == "USER" || session.user_type == relation.target->name);
}

}  // namespace

asio::awaitable<Result<bool>> Access::owns_through(const Model& model, const Record& record, const Relation& relation,
                                                   const Value& user_id) {
    const auto here = model.find_property(relation.foreign_key);
    const auto there = relation.target->find_property(relation.primary_key);
    if (!here || !there || !truthy(record.values[*here])) co_return false;
    Filter filter;
    filter.where = Where::equals(*there, record.values[*here]);
    filter.limit = 1;
    MT_CO_TRY(const auto users, co_await connector_of_(*relation.target).find(*relation.target, filter));
    co_return !users.empty() && same_id(users[0].values[relation.target->id_index], user_id);
}

asio::awaitable<Result<bool>> Access::is_owner(const Demand& demand, const Session& session) {
    const auto& model = demand.model;
    if (demand.instance_id.empty() || session.user_id.is_null()) co_return false;
    if (model.builtin == BuiltIn::user) {
        if (session.user_type != "USER" && session.user_type != model.name) co_return false;
        co_return same_id(demand.instance_id, session.user_id);
    }
    const auto id = coerce_id(model.id(), demand.instance_id);
    if (is_undefined(id) || id.is_null()) co_return false;
    Filter filter;
    filter.where = Where::equals(model.id_index, id);
    MT_CO_TRY(const auto rows, co_await connector_of_(model).find(model, filter));
    if (rows.empty()) co_return false;

    const auto& wanted = model.access_setting("ownerRelations");
    if (!truthy(wanted)) {
        for (const char* name : {"userId", "owner"}) {
            if (session.user_type != "USER") break;
            const auto at = model.find_property(name);
            if (at && !model.find_relation(name) && truthy(rows[0].values[*at])) co_return same_id(rows[0].values[*at], session.user_id);
        }
        const auto relation = std::find_if(model.relations.begin(), model.relations.end(),
                                           [&](const Relation& r) { return leads_to_user(r, session); });
        if (relation == model.relations.end()) co_return false;
        co_return co_await owns_through(model, rows[0], *relation, session.user_id);
    }
    for (const auto& relation : model.relations) {
        if (!leads_to_user(relation, session)) continue;
        if (wanted.is_array() && std::find(wanted.begin(), wanted.end(), relation.name) == wanted.end()) continue;
        MT_CO_TRY(const bool owns, co_await owns_through(model, rows[0], relation, session.user_id));
        if (owns) co_return true;
    }
    co_return false;
}

}  // namespace mt::app
