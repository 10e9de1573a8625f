#include <doctest/doctest.h>

#include "tenant-app/auth/score.hpp"

using namespace mt::app;

namespace {

AccessRule rule(const char* permission, const char* access_type, const char* type, const char* id, std::vector<std::string> properties = {}) {
    return {std::move(properties), access_type, type, id, permission};
}

}  // namespace

TEST_CASE("score_rule: of two rules the one that LoopBack prefers has the higher score") {
    Model model;
    model.name = "Doc";
    const Demand find{model, "find", {}, "READ", {}};
    struct Row {
        const char* why;
        AccessRule stronger, weaker;
    };
    const Row rows[] = {
        {"a method beats an access type", rule("ALLOW", "*", "ROLE", "$everyone", {"find"}), rule("DENY", "READ", "ROLE", "$owner")},
        {"an access type beats none", rule("ALLOW", "READ", "ROLE", "$everyone"), rule("DENY", "*", "USER", "1")},
        {"a user beats an application", rule("ALLOW", "*", "USER", "1"), rule("DENY", "*", "APP", "1")},
        {"an application beats a role", rule("ALLOW", "*", "APP", "1"), rule("DENY", "*", "ROLE", "admin")},
        {"an own role beats $owner", rule("ALLOW", "*", "ROLE", "admin"), rule("DENY", "*", "ROLE", "$owner")},
        {"$owner beats $related", rule("ALLOW", "*", "ROLE", "$owner"), rule("DENY", "*", "ROLE", "$related")},
        {"$related beats $authenticated", rule("ALLOW", "*", "ROLE", "$related"), rule("DENY", "*", "ROLE", "$authenticated")},
        {"$authenticated beats $everyone", rule("ALLOW", "*", "ROLE", "$authenticated"), rule("DENY", "*", "ROLE", "$everyone")},
        {"$unauthenticated beats $everyone", rule("ALLOW", "*", "ROLE", "$unauthenticated"), rule("DENY", "*", "ROLE", "$everyone")},
        {"DENY beats AUDIT", rule("DENY", "*", "ROLE", "x"), rule("AUDIT", "*", "ROLE", "x")},
        {"AUDIT beats ALARM", rule("AUDIT", "*", "ROLE", "x"), rule("ALARM", "*", "ROLE", "x")},
        {"ALARM beats ALLOW", rule("ALARM", "*", "ROLE", "x"), rule("ALLOW", "*", "ROLE", "x")},
        {"EXECUTE is as good as the exact type", rule("ALLOW", "EXECUTE", "ROLE", "$everyone"), rule("DENY", "*", "ROLE", "$everyone")},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        CHECK(score_rule(row.stronger, find, RuleSource::json) > score_rule(row.weaker, find, RuleSource::json));
    }
}

TEST_CASE("score_rule: what a rule says nothing about") {
    Model model;
    model.name = "Doc";
    const Demand patch{model, "patchAttributes", {"updateAttributes"}, "WRITE", {}};
    CHECK(score_rule(rule("DENY", "READ", "ROLE", "$everyone"), patch, RuleSource::json) == -1);
    CHECK(score_rule(rule("DENY", "*", "ROLE", "$everyone", {"find", "findById"}), patch, RuleSource::json) == -1);
    CHECK(score_rule(rule("DENY", "*", "ROLE", "$everyone", {"find", "patchAttributes"}), patch, RuleSource::json) > 0);
    // Older names count in rows of the ACL model only, EXECUTE for everything in JSON only.
    CHECK(score_rule(rule("DENY", "*", "ROLE", "$everyone", {"updateAttributes"}), patch, RuleSource::json) == -1);
    CHECK(score_rule(rule("DENY", "*", "ROLE", "$everyone", {"updateAttributes"}), patch, RuleSource::row) > 0);
    CHECK(score_rule(rule("DENY", "EXECUTE", "ROLE", "$everyone"), patch, RuleSource::row) == -1);
}

TEST_CASE("score_rule: LoopBack's numbers") {
    Model model;
    const Demand find{model, "find", {}, "READ", {}};
    // ((((3 * 4 + 2) * 4 + 2) * 4 + 2) * 8 + 1) * 4 + 3
    CHECK(score_rule(rule("DENY", "*", "ROLE", "$everyone"), find, RuleSource::json) == 7495);
    // ((((3 * 4 + 3) * 4 + 3) * 4 + 4) * 8 + 0) * 4 + 0
    CHECK(score_rule(rule("ALLOW", "READ", "USER", "7", {"find"}), find, RuleSource::json) == 8192);
}
