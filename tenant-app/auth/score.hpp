#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tenant-app/model/model.hpp"

namespace mt::app {

/// What a request wants of a model, in the words of LoopBack's rules. Views are literals or live as long as the request.
struct Demand {
    const Model& model;
    std::string method;                     ///< "find", "patchAttributes", "__get__orders"
    std::vector<std::string_view> aliases;  ///< older names: "updateAttributes"
    std::string_view access_type;           ///< "READ", "WRITE", "EXECUTE"
    std::string instance_id;                ///< as the client wrote it; empty: about no single instance
    std::string_view scope = "DEFAULT";     ///< that a token must have been granted
};

/// Where a rule comes from: LoopBack looks at aliases in rows of the ACL model only, and EXECUTE means all types in JSON only.
enum class RuleSource : std::uint8_t { json, row };

/// LoopBack's score of a rule for a demand: the rule with the highest one that speaks of the client decides. -1: it says nothing
/// about the demand. More specific beats less, a user beats a role, $owner beats $authenticated beats $everyone, and of equals
/// DENY beats AUDIT, ALARM and ALLOW. Pure.
int score_rule(const AccessRule& rule, const Demand& demand, RuleSource source);

/// One line for people: "DENY * on * for ROLE $everyone".
std::string rule_text(const AccessRule& rule);

}  // namespace mt::app
