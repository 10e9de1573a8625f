#include "tenant-app/auth/access.hpp"

#include <algorithm>

#include "tenant-app/query/js.hpp"

// LoopBack asks of every rule whether it speaks of the client, then sorts by score. The order is the other way round here: the
// strongest rule that speaks of the client decides, so weaker ones need no question to the database. The outcome is the same.
namespace mt::app {

namespace {

constexpr std::chrono::seconds k_rows_age_max{1};

std::string text_at(const Model& model, const Record& record, std::string_view property) {
    const auto at = model.find_property(property);
    if (!at || record.values[*at].is_null() || is_undefined(record.values[*at])) return {};
    return js::to_text(record.values[*at]);
}

bool has_scope(const Demand& demand, const Session* session) {
    if (!session || !session->scopes) return demand.scope == "DEFAULT";
    return std::find(session->scopes->begin(), session->scopes->end(), demand.scope) != session->scopes->end();
}

}  // namespace

const Model* model_playing(const Registry& registry, BuiltIn part) {
    const Model* found = nullptr;
    for (const auto& model : registry.models) {
        if (model->builtin != part || !model->persisted) continue;
        const bool original = model->name == "User" || model->name == "AccessToken" || model->name == "ACL" || model->name == "Role" ||
                              model->name == "RoleMapping";
        if (!original) return model.get();
        found = model.get();
    }
    return found;
}

bool same_id(const Value& a, const Value& b) {
    const auto absent = [](const Value& value) { return value.is_null() || is_undefined(value) || value == ""; };
    return !absent(a) && !absent(b) && js::to_text(a) == js::to_text(b);
}

Access::Access(const Registry& registry, Repository::FindConnector connector_of)
    : registry_(registry), connector_of_(std::move(connector_of)), acl_model_(model_playing(registry, BuiltIn::acl)) {}

bool Access::is_open(const Model& model) const {
    if (!model.acls.empty() || (model.access && !model.access_setting("defaultPermission").is_null())) return false;
    if (!acl_model_) return true;
    const auto known = rows_.find(&model);
    return known != rows_.end() && known->second.rows.empty() &&
           std::chrono::steady_clock::now() - known->second.read_at < k_rows_age_max;
}

/// What the ACL model says of a model. Kept for a second: the question comes with every request.
asio::awaitable<Result<std::vector<Access::Row>>> Access::rows_about(const Model& model) {
    if (!acl_model_) co_return std::vector<Row>{};
    const auto now = std::chrono::steady_clock::now();
    if (const auto known = rows_.find(&model); known != rows_.end() && now - known->second.read_at < k_rows_age_max)
        co_return known->second.rows;
    Filter filter;
    const auto property = acl_model_->find_property("model");
    if (!property) co_return std::vector<Row>{};
    filter.where = Where::equals(*property, model.name);
    MT_CO_TRY(const auto records, co_await connector_of_(*acl_model_).find(*acl_model_, filter));
    Rows fresh{now, {}};
    for (const auto& record : records) {
        Row row;
        const auto method = text_at(*acl_model_, record, "property");
        row.rule.access_type = text_at(*acl_model_, record, "accessType");
        row.rule.principal_type = text_at(*acl_model_, record, "principalType");
        row.rule.principal_id = text_at(*acl_model_, record, "principalId");
        row.rule.permission = text_at(*acl_model_, record, "permission");
        if (method.empty() || row.rule.access_type.empty()) continue;  // LoopBack's query does not find these
        if (method != "*") row.rule.properties.push_back(method);
        row.source = "ACL row " + js::to_text(record.values[acl_model_->id_index]);
        fresh.rows.push_back(std::move(row));
    }
    rows_.insert_or_assign(&model, fresh);
    co_return std::move(fresh.rows);
}

asio::awaitable<Result<bool>> Access::speaks_of(const AccessRule& rule, const Demand& demand, const Session* session) {
    if (session && rule.principal_type == session->user_type) co_return same_id(session->user_id, rule.principal_id);
    if (session && rule.principal_type == "APP") co_return same_id(session->app_id, rule.principal_id);
    if (rule.principal_type != "ROLE") co_return false;
    const auto& role = rule.principal_id;
    const bool known = session && (!session->user_id.is_null() || !session->app_id.is_null());
    if (role == "$everyone") co_return true;
    if (role == "$authenticated") co_return known;
    if (role == "$unauthenticated") co_return !known;
    if (!known) co_return false;
    if (role == "$owner") co_return co_await is_owner(demand, *session);
    co_return co_await in_role(role, *session);
}

asio::awaitable<Result<Ruling>> Access::decide(const Demand& demand, const Session* session, bool explain) {
    Ruling ruling;
    if (!has_scope(demand, session)) {
        ruling.allowed = false;
        ruling.reason = "scope of the token";
        co_return ruling;
    }
    MT_CO_TRY(const auto rows, co_await rows_about(demand.model));
    std::vector<Candidate> candidates;
    for (const auto& row : rows) {
        const int score = score_rule(row.rule, demand, RuleSource::row);
        if (score >= 0) candidates.push_back({&row.rule, row.source, score});
    }
    for (const auto& rule : demand.model.acls) {
        const int score = score_rule(rule, demand, RuleSource::json);
        if (score >= 0) candidates.push_back({&rule, "model " + demand.model.name, score});
    }
    std::stable_sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) { return a.score > b.score; });

    const Candidate* deciding = nullptr;
    for (const auto& candidate : candidates) {
        if (deciding && !explain) break;
        MT_CO_TRY(const bool applies, co_await speaks_of(*candidate.rule, demand, session));
        if (explain) ruling.steps.push_back({rule_text(*candidate.rule), candidate.source, candidate.score, applies});
        if (applies && !deciding) deciding = &candidate;
    }
    std::string permission = deciding ? deciding->rule->permission : "";
    ruling.reason = deciding ? rule_text(*deciding->rule) + " (" + deciding->source + ")" : "default permission";
    if (permission.empty() || permission == "DEFAULT") {
        const auto& setting = demand.model.access_setting("defaultPermission");
        permission = setting.is_string() ? setting.get<std::string>() : "ALLOW";
    }
    ruling.allowed = permission != "DENY";
    co_return ruling;
}

}  // namespace mt::app
