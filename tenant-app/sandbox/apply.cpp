#include "tenant-app/sandbox/apply.hpp"

#include <cstdlib>

#include "tenant-app/sandbox/identity.hpp"
#include "tenant-app/sandbox/landlock.hpp"
#include "tenant-app/sandbox/limits.hpp"
#include "tenant-app/sandbox/ownership.hpp"
#include "tenant-app/sandbox/seccomp.hpp"

namespace mt::app::sandbox {

namespace {

void append(std::vector<Finding>& to, std::vector<Finding> more) {
    for (auto& each : more) to.push_back(std::move(each));
}

}  // namespace

// Each step takes away a right that the steps before it need.
Result<std::vector<Finding>> apply(const Plan& plan) {
    if (plan.order.off) return std::vector<Finding>{{"all", State::off, "tenant.json says \"isolation\": \"off\""}};
    const auto identity = choose_identity(plan);
    std::vector<Finding> findings;
    append(findings, set_limits(plan, identity));
    MT_TRY(auto files, hand_over(plan, identity));
    MT_CHECK(become(identity));
    findings.insert(findings.begin(), std::move(files));
    auto who = identity_findings(identity);
    findings.insert(findings.begin(), who.begin(), who.end());
    append(findings, restrict_paths(plan, identity.is_own));
    findings.push_back(filter_calls(plan, identity.is_own));
    return findings;
}

Result<std::optional<IsolationOrder>> take_order() {
    const char* text = std::getenv("MTG_SANDBOX");
    if (!text) return std::optional<IsolationOrder>{};
    auto order = parse_isolation(text);
    ::unsetenv("MTG_SANDBOX");
    if (!order.ok()) return order.error();
    return std::optional{*std::move(order)};
}

}  // namespace mt::app::sandbox
