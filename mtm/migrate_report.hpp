#pragma once
#include <functional>
#include <string>
#include <vector>

#include "mtm/command.hpp"

namespace mt::mtm {

/// What mtm migrate says: with --json a line for each tenant when it is known, and a last one, {"ok","data"} or
/// {"ok","error"}; else a text of all of them at the end, failures on stderr.
class MigrateReport {
public:
    explicit MigrateReport(const Session& session) : session_(session) {}

    void add(json row);
    void add_failure(const TenantId& id, Error error);

    /// `text` makes one text of the rows that did not fail. The value is the exit code. `one_named`: the only tenant's
    /// failure is the command's.
    Result<int> end(bool one_named, const std::function<std::string(const json& rows)>& text) const;

private:
    const Session& session_;
    std::vector<json> rows_;
    std::vector<Error> failures_;
};

/// Tenants that want the same come together: of a thousand there are seldom more than two kinds.
std::string plans_text(const json& rows);
/// What was done for each.
std::string done_text(const json& rows);

}  // namespace mt::mtm
