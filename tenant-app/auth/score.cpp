#include "tenant-app/auth/score.hpp"

#include <algorithm>

namespace mt::app {

namespace {

bool names_method(const AccessRule& rule, const Demand& demand, RuleSource source) {
    const auto names = [&](std::string_view method) {
        return std::find(rule.properties.begin(), rule.properties.end(), method) != rule.properties.end();
    };
    return names(demand.method) || (source == RuleSource::row && std::any_of(demand.aliases.begin(), demand.aliases.end(), names));
}

/// 3 exact, 2 by a wildcard, -1 not at all.
int property_score(const AccessRule& rule, const Demand& demand, RuleSource source) {
    if (rule.properties.empty()) return 2;
    return names_method(rule, demand, source) ? 3 : -1;
}

int access_type_score(const AccessRule& rule, const Demand& demand, RuleSource source) {
    if (rule.access_type == demand.access_type) return 3;
    if (rule.access_type == "EXECUTE") return source == RuleSource::json ? 3 : -1;
    return rule.access_type == "*" ? 2 : -1;
}

int principal_score(const AccessRule& rule) {
    if (rule.principal_type == "USER") return 4;
    if (rule.principal_type == "APP") return 3;
    return rule.principal_type == "ROLE" ? 2 : 1;
}

int role_score(const AccessRule& rule) {
    if (rule.principal_type != "ROLE") return 0;
    if (rule.principal_id == "$owner") return 4;
    if (rule.principal_id == "$related") return 3;
    if (rule.principal_id == "$authenticated" || rule.principal_id == "$unauthenticated") return 2;
    return rule.principal_id == "$everyone" ? 1 : 5;
}

int permission_score(const AccessRule& rule) {
    if (rule.permission == "DENY") return 3;
    if (rule.permission == "AUDIT") return 2;
    if (rule.permission == "ALARM") return 1;
    return rule.permission == "DEFAULT" ? -1 : 0;
}

}  // namespace

int score_rule(const AccessRule& rule, const Demand& demand, RuleSource source) {
    const int property = property_score(rule, demand, source), access_type = access_type_score(rule, demand, source);
    if (property < 0 || access_type < 0) return -1;
    constexpr int k_same_model = 3;
    int score = (k_same_model * 4 + property) * 4 + access_type;
    score = score * 4 + principal_score(rule);
    score = score * 8 + role_score(rule);
    return score * 4 + permission_score(rule);
}

std::string rule_text(const AccessRule& rule) {
    std::string properties;
    for (const auto& property : rule.properties) properties += (properties.empty() ? "" : ",") + property;
    return (rule.permission.empty() ? "DEFAULT" : rule.permission) + " " + rule.access_type + " on " +
           (properties.empty() ? "*" : properties) + " for " + rule.principal_type + " " + rule.principal_id;
}

}  // namespace mt::app
