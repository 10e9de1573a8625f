#pragma once
#include <chrono>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/cli/options.hpp"
#include "base/cli/output.hpp"
#include "base/cli/top.hpp"
#include "base/tenant_id.hpp"
#include "mtm/gateway_link.hpp"

namespace mt::mtm {

/// What stands behind a verb. One struct for all of them: a verb's row says which members its command line can fill.
struct Arguments {
    std::vector<std::string> words;  ///< tenants, or a model and its properties
    std::string connector, template_name = "default", from, as, listen, reason, until, status;
    std::optional<std::string> command;
    std::string output, at, format, reduce, datasource = "db";
    std::vector<std::string> tables;   ///< patterns of the database's tables; none: all
    std::string server, tenancy = "isolated";  ///< `mtm add --datasource pg-main --tenancy schema`
    std::vector<std::string> labels;   ///< which tenants `all` means: those that satisfy each of `plan=free`, `plan!=free`, `plan`
    std::vector<std::string> program;  ///< what stands behind --
    std::chrono::milliseconds timeout{30'000}, slow{0}, alias_for{std::chrono::hours{30 * 24}};
    std::optional<std::chrono::milliseconds> deadline;
    cli::TopOptions top;
    std::size_t lines = 50, canary = 0, parallel = 2, max_failures = 0, rows_most = 10'000, steps = 1;
    bool all = false, dry_run = false, yes = false, no_wait = false, quiet = false, follow = false, trash = false,
         off = false, with_data = false, structure = false, repair = false, secrets = false, replace = false,
             go_on = false,
         scheduled = false, plan = false, resume = false, allow_destructive = false, migration_status = false,
         rollback = false, recheck = false, read_only = false;
};

/// What a verb works with. Lives for one command.
struct Session {
    const cli::Settings& settings;
    const cli::Output& output;
    GatewayLink gateway;

    const Layout& layout() const { return settings.layout; }
    /// `tenants/foo`, as messages show it.
    std::string display(const TenantId& id) const { return layout().tenant(id).native(); }
};

/// Does one verb and prints its result; the value is the exit code. An error is for main to print.
using Run = Result<int> (*)(Session& session, const Arguments& arguments);

/// Does `act` for each tenant and prints one object when one tenant was named, else an array. A failure of some is shown with
/// each and exits 9; when all fail, the first one's code. `text` renders one object for people, line break included.
Result<int> for_each_tenant(const Session& session, const Arguments& arguments, const std::vector<TenantId>& ids,
                            const std::function<Result<json>(const TenantId&)>& act,
                            const std::function<std::string(const json&)>& text);

/// The steps of a --dry-run as a tenant's object, and its text.
json plan(const TenantId& id, const std::vector<std::string>& steps);
std::string plan_text(const json& plan);

}  // namespace mt::mtm
