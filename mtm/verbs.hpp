#pragma once
#include <string_view>
#include <vector>

#include "mtm/command.hpp"

namespace mt::mtm {

/// What may stand behind a verb; command_line.cpp says how each is written and which member of Arguments it fills.
enum class Option { all, labels, dry_run, yes, wait, quiet, connector, from, lines, follow, as, trash, command, suspension,
    off, requests, top,
                    alias_for, copy, repair, output, secrets, replace, at, as_id, format, go_on, scheduled,
                    migration, query, fan_out, read_only, discover, server };

/// What a verb's bare words are; for help and completion.
enum class Words { none, new_ids, tenants, tenant, model, request, config, two_ids, bundle, rows, query };

/// One row per verb. Help, registration and completion come from it.
struct Verb {
    std::string_view name, alias;
    std::string_view help;      ///< one line
    std::string_view examples;  ///< two or three, then what the line above leaves open
    Words words;
    std::vector<Option> options;
    Run run;
};

/// In the order of the help.
const std::vector<Verb>& verbs();

Result<int> run_add(Session&, const Arguments&);
Result<int> run_remove(Session&, const Arguments&);
Result<int> run_undelete(Session&, const Arguments&);
Result<int> run_purge(Session&, const Arguments&);
Result<int> run_rename(Session&, const Arguments&);
Result<int> run_clone(Session&, const Arguments&);
Result<int> run_dump(Session&, const Arguments&);
Result<int> run_restore(Session&, const Arguments&);
Result<int> run_snapshot(Session&, const Arguments&);
Result<int> run_snapshots(Session&, const Arguments&);
Result<int> run_export(Session&, const Arguments&);
Result<int> run_migrate(Session&, const Arguments&);
Result<int> run_discover(Session&, const Arguments&);
Result<int> run_import(Session&, const Arguments&);
Result<int> run_query(Session&, const Arguments&);
Result<int> run_exec(Session&, const Arguments&);
Result<int> run_shell(Session&, const Arguments&);
Result<int> run_model(Session&, const Arguments&);
Result<int> run_list(Session&, const Arguments&);
Result<int> run_status(Session&, const Arguments&);
Result<int> run_why(Session&, const Arguments&);
Result<int> run_inspect(Session&, const Arguments&);
Result<int> run_tail(Session&, const Arguments&);
Result<int> run_top(Session&, const Arguments&);
Result<int> run_doctor(Session&, const Arguments&);
Result<int> run_start(Session&, const Arguments&);
Result<int> run_stop(Session&, const Arguments&);
Result<int> run_restart(Session&, const Arguments&);
Result<int> run_suspend(Session&, const Arguments&);
Result<int> run_resume(Session&, const Arguments&);
Result<int> run_protect(Session&, const Arguments&);
Result<int> run_check(Session&, const Arguments&);
Result<int> run_config(Session&, const Arguments&);
Result<int> run_acl(Session&, const Arguments&);
Result<int> run_logs(Session&, const Arguments&);
Result<int> run_url(Session&, const Arguments&);

}  // namespace mt::mtm
