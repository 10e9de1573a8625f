#include "tenant-app/auth/access.hpp"
#include "tenant-app/query/coerce.hpp"
#include "tenant-app/query/js.hpp"

// A tenant's own roles: a row of Role by its name, and a row of RoleMapping that gives it to a user or an application. A mapping
// of type ROLE counts for a request that speaks as a role, which none does over HTTP: as in LoopBack it hands nothing on.
namespace mt::app {

namespace {

/// property = value, the value as the property's type has it.
Where equal_to(const Model& model, std::string_view property, const Value& value) {
    const auto at = model.find_property(property);
    if (!at) return Where::nothing();
    auto operand = coerce_operand(model.properties[*at].type, value);
    return is_undefined(operand) || operand.is_null() ? Where::nothing() : Where::equals(*at, std::move(operand));
}

}  // namespace

asio::awaitable<Result<bool>> Access::is_mapped(const Value& role_id, const std::string& type, const Value& principal) {
    const auto* mappings = model_playing(registry_, BuiltIn::role_mapping);
    if (!mappings || principal.is_null() || is_undefined(principal)) co_return false;
    auto where = Where::both(equal_to(*mappings, "roleId", role_id), equal_to(*mappings, "principalType", type));
    where = Where::both(std::move(where), equal_to(*mappings, "principalId", js::to_text(principal)));
    MT_CO_TRY(const auto count, co_await connector_of_(*mappings).count(*mappings, where));
    co_return count > 0;
}

asio::awaitable<Result<bool>> Access::in_role(const std::string& role, const Session& session) {
    const auto* roles = model_playing(registry_, BuiltIn::role);
    if (!roles) co_return false;
    Filter filter;
    filter.where = equal_to(*roles, "name", role);
    filter.limit = 1;
    MT_CO_TRY(const auto rows, co_await connector_of_(*roles).find(*roles, filter));
    if (rows.empty()) co_return false;
    const auto& role_id = rows[0].values[roles->id_index];
    MT_CO_TRY(const bool user, co_await is_mapped(role_id, session.user_type, session.user_id));
    if (user) co_return true;
    co_return co_await is_mapped(role_id, "APP", session.app_id);
}

}  // namespace mt::app
