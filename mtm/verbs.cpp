#include "mtm/verbs.hpp"

namespace mt::mtm {

const std::vector<Verb>& verbs() {
    using enum Option;
    static const std::vector<Verb> table = {
        {"add", "", "Make tenants, and have the gateway serve them",
         "  mtm add foo                      a tenant with a database of its own\n"
         "  mtm add foo bar\n"
         "  mtm add foo --connector memory   data is gone when its process ends\n"
         "  mtm add foo --from ./my-app      an existing LoopBack application\n"
         "  mtm add foo --datasource pg-main --tenancy schema\n"
         "  mtm add foo --command 'node server.js' --listen port\n\n"
         "A tenant is there as a whole or not at all, also after a crash. An id is 1 to\n"
         "63 letters and digits; capitals become small. --template names a folder in\n"
         "tenants/.templates or one that was installed. --from reads configuration,\n"
         "models, SQLite databases and served files, changes nothing there, and\n"
         "tells of every file that will not run. --datasource names a server of mtg.json\n"
         "(docs/TENANCY.md). --command runs any program instead: a\n"
         "server that takes descriptor 3, or listens at $PORT or at the path $SOCKET.",
         Words::new_ids, {connector, from, server, command, dry_run, wait}, run_add},
        {"remove", "delete", "Take tenants out of service, into the trash",
         "  mtm remove foo\n"
         "  mtm remove foo bar\n"
         "  mtm remove 'test*' --dry-run\n\n"
         "Folder and data go to tenants/.trash; 'mtm undelete foo' brings them back.",
         Words::tenants, {all, labels, dry_run, yes, wait}, run_remove},
        {"undelete", "", "Bring removed tenants back from the trash",
         "  mtm undelete foo\n"
         "  mtm undelete foo bar\n\n"
         "Of a tenant that was removed more than once, the last one comes back.",
         Words::new_ids, {dry_run, wait}, run_undelete},
        {"purge", "", "Destroy removed tenants for good",
         "  mtm purge foo\n"
         "  mtm purge foo --yes       without a question\n"
         "  mtm purge --all --yes     empty the trash\n\n"
         "What is destroyed cannot be brought back. Running tenants are not touched.",
         Words::new_ids, {all, dry_run, yes}, run_purge},
        {"rename", "mv", "Give a tenant another id",
         "  mtm rename foo bar\n"
         "  mtm rename foo bar --alias-for 7d\n"
         "  mtm rename foo bar --alias-for 0      the old name is free at once\n\n"
         "Requests for the former name get 308 to the new one until that time, or until\n"
         "another tenant takes the name. Data, key, hosts and snapshots stay. Its requests\n"
         "wait no longer than its process takes to end; later ones are redirected.",
         Words::two_ids, {alias_for, dry_run, wait}, run_rename},
        {"clone", "cp", "Make a copy of a tenant",
         "  mtm clone foo bar --data         while foo goes on serving\n"
         "  mtm clone foo bar --structure    configuration and models alone\n\n"
         "The copy has a key of its own, no hosts, and is neither stopped, suspended nor\n"
         "protected. It is there as a whole or not at all, also after a crash.",
         Words::two_ids, {copy, dry_run, wait}, run_clone},
        {"dump", "", "Write a tenant into one file, while it serves",
         "  mtm dump foo -o foo.mtb\n"
         "  mtm dump foo -o - | ssh backup 'cat > foo.mtb'\n"
         "  mtm dump foo --secrets       with the passwords of datasources.json\n\n"
         "Configuration, models, files, and all rows as they are at one moment, whatever\n"
         "database holds them. docs/BUNDLE.md describes the file; tar --zstd -tf lists it.",
         Words::tenant, {output, secrets, dry_run, yes, wait}, run_dump},
        {"restore", "", "Make a tenant of a dumped file or a snapshot",
         "  mtm restore foo.mtb\n"
         "  mtm restore foo.mtb --as bar\n"
         "  mtm restore foo --at 2h --yes     as it was two hours ago\n"
         "  mtm restore foo.mtb --replace --yes\n\n"
         "It is there as a whole or not at all. Over an existing tenant it asks first,\n"
         "and takes an undo snapshot once its process has ended.",
         Words::bundle, {as_id, replace, at, dry_run, yes, wait}, run_restore},
        {"snapshot", "", "Keep how tenants are now",
         "  mtm snapshot foo\n"
         "  mtm snapshot --all\n\n"
         "They are bundles in tenants/.snapshots, by the tenant's key. The gateway takes\n"
         "them by itself where tenant.json says \"snapshots\": {\"every\": \"1d\", \"keep\": 7}.",
         Words::tenants, {all, labels, scheduled, dry_run, wait}, run_snapshot},
        {"snapshots", "", "Show what tenants can be brought back to",
         "  mtm snapshots foo\n"
         "  mtm snapshots --all --json\n\n"
         "mtm restore foo --at NAME brings it back. \"undo\" is from before a restore.",
         Words::tenants, {all, labels}, run_snapshots},
        {"export", "", "Write the rows of a model as NDJSON or CSV",
         "  mtm export foo:Customer                     to stdout\n"
         "  mtm export foo:Customer -o customers.csv\n"
         "  mtm export foo:Order --format csv | head\n\n"
         "All rows as they are at one moment, by id, while the tenant serves. CSV is RFC\n"
         "4180: a column per property, lists and objects as JSON.",
         Words::rows, {output, format, dry_run, yes}, run_export},
        {"import", "", "Make rows of a model from NDJSON or CSV",
         "  mtm import foo:Customer customers.csv\n"
         "  mtm import foo:Customer customers.ndjson --dry-run\n"
         "  mtm import foo:Customer - --format csv --continue < customers.csv\n\n"
         "Validated as a client's rows are; what is refused is told by line. All rows are\n"
         "made or none; with --continue those that are valid, and exit code 9 if some are\n"
         "not. The first line of CSV names the columns.",
         Words::rows, {format, go_on, dry_run, wait}, run_import},
        {"migrate", "", "Make databases fit models and migrations",
         "  mtm migrate --all --plan            also: --status, which asks no database\n"
         "  mtm migrate --all --canary 3 --parallel 4 --max-failures 10\n"
         "  mtm migrate --resume                what is left, after a failure or a kill\n"
         "  mtm migrate foo --rollback          take the last file back\n\n"
         "What the models lack is added; then migrations/*.sql of the tenant's folder run\n"
         "by name, each once, all in one transaction with their ledger. A file that drops,\n"
         "deletes or renames needs --allow-destructive. 001_a.down.sql takes 001_a.sql\n"
         "back. With --json an object per tenant and line, the last line says how it\n"
         "ended. SQLite only. Exit code 9: some tenants failed, the others are done.",
         Words::tenants, {all, labels, migration, dry_run}, run_migrate},
        {"discover", "", "Make models of the tables of an existing database",
         "  mtm discover foo --dry-run       what would be written, and nothing else\n"
         "  mtm discover foo\n"
         "  mtm discover foo --datasource legacy --table 'shop_*' --table customer\n\n"
         "Table customer_order becomes the model CustomerOrder, its column customer_id the\n"
         "property customerId, a foreign key belongsTo on its side and hasMany (hasOne if\n"
         "unique) on the other. A model that exists is never changed; what no model can\n"
         "say, a column's type among it, is told. All models appear at once or none. The\n"
         "database is read as the tenant itself would, and stays as it is. SQLite,\n"
         "PostgreSQL, MySQL and MariaDB; of views and partitions no models are made.",
         Words::tenant, {discover, dry_run, wait}, run_discover},
        {"query", "", "Ask tenants' databases, and put the answers together",
         "  mtm query foo 'select * from Customer limit 10'\n"
         "  mtm query --all 'select count(*) n from Cat' --reduce 'select sum(n) from t'\n"
         "  mtm query 'shop*' 'select name, total from \"Order\"' --format csv\n\n"
         "Reading only, which the database itself sees to. Each tenant is asked by a\n"
         "process with its own user and walls. --reduce asks the rows of all, a table t\n"
         "with their columns and 'tenant'. SQLite and PostgreSQL; of many tenants those\n"
         "that a program or another server serves are passed over. Exit code 9: some\n"
         "failed; the rows of the others are printed.",
         Words::query, {all, labels, query, fan_out}, run_query},
        {"exec", "", "Run a command for each tenant",
         "  mtm exec foo -- ls -l data\n"
         "  mtm exec --all --parallel 4 -- sh -c 'du -sh . | cut -f1'\n"
         "  mtm exec 'shop*' --deadline 1m -- /opt/tools/report\n\n"
         "In the tenant's folder, as its user, behind its walls (docs/ISOLATION.md), with\n"
         "MTG_TENANT. Lines come as they are written, the tenant's id in front. What the\n"
         "command has started ends with it. Exit code 9: it failed for some.",
         Words::tenants, {all, labels, fan_out}, run_exec},
        {"shell", "", "Open a shell on a tenant's database",
         "  mtm shell foo\n"
         "  mtm shell foo --read-only\n"
         "  echo 'select count(*) from Customer;' | mtm shell foo\n\n"
         "The database's own (sqlite3, psql, mariadb) where it is installed, as the\n"
         "tenant's user; it can write, and the tenant goes on serving. Else ours, as with\n"
         "--read-only: statements up to a ';', .tables, .quit.",
         Words::tenant, {read_only}, run_shell},
        {"model", "", "Add, extend, list, show and remove models",
         "  mtm model foo:Customer\n"
         "  mtm model foo:Order name:string! tags:string[] customer:belongsTo:Customer\n"
         "  mtm model extend foo:Customer phone:string orders:hasMany:Order\n"
         "  mtm model list foo        also: show foo:Order, remove foo:Order\n\n"
         "A property is name:type, [] for an array, ! for required. Types: string number\n"
         "boolean date object array any geopoint buffer. A relation is name:type:Model,\n"
         "the types hasMany belongsTo hasOne. Without either a model has a\n"
         "required 'name'. Another mtm that changes the tenant is waited for.",
         Words::model, {dry_run, yes, wait}, run_model},
        {"list", "ls", "Show all tenants in a table",
         "  mtm list\n"
         "  mtm list 'shop*'\n"
         "  mtm list -l plan=free     by the labels in tenant.json\n"
         "  mtm list --json\n"
         "  mtm list --trash          what mtm undelete can bring back\n\n"
         "Without a gateway only names are known, and which are stopped.",
         Words::tenants, {all, labels, trash}, run_list},
        {"status", "", "Show the state of tenants",
         "  mtm status foo\n"
         "  mtm status foo bar\n"
         "  mtm status -q foo || mtm start foo\n\n"
         "With -q it prints nothing and exits 3 unless all named are served; a tenant\n"
         "that waits for its first request ('idle') is.",
         Words::tenants, {all, labels, quiet}, run_status},
        {"why", "", "Say why a tenant is as it is, and what to do",
         "  mtm why foo\n"
         "  mtm why foo --json\n\n"
         "State, since when, how its last process ended and what it said, which limit was\n"
         "hit, which file, line and place was refused, when it is tried again. Without a\n"
         "gateway: what the files tell, else exit code 7.",
         Words::tenants, {all, labels}, run_why},
        {"inspect", "", "Show everything that is known of a tenant",
         "  mtm inspect foo\n"
         "  mtm inspect foo --json\n\n"
         "State, processes with memory, time and descriptors, isolation, configuration\n"
         "with where each value comes from, models, data sources, files. No secrets.",
         Words::tenants, {all, labels}, run_inspect},
        {"doctor", "", "Look for what is wrong with a tenant",
         "  mtm doctor foo\n"
         "  mtm doctor --all --json\n"
         "  mtm doctor --repair       what killed programs left in the tenants folder\n\n"
         "Files, configuration, state, limits, and one request as a client makes it.\n"
         "Without a tenant: leftovers, names and snapshots that belong to nobody. Exit\n"
         "code 1 if something failed. mtg doctor looks at the machine and the gateway.",
         Words::tenants, {all, labels, repair}, run_doctor},
        {"start", "", "Start tenants, now and whenever the gateway runs",
         "  mtm start foo\n"
         "  mtm start 'shop*'\n\n"
         "Starting one that runs already is no error.",
         Words::tenants, {all, labels, dry_run, wait}, run_start},
        {"stop", "", "Stop tenants, until they are started again",
         "  mtm stop foo\n"
         "  mtm stop --all\n\n"
         "It stays stopped when the gateway is restarted; requests get 503.",
         Words::tenants, {all, labels, dry_run, wait}, run_stop},
        {"restart", "", "Replace tenants' processes, losing no request",
         "  mtm restart foo\n"
         "  mtm restart --all\n"
         "  mtm restart -l plan=free\n\n"
         "The new process is ready before the old one ends.",
         Words::tenants, {all, labels, dry_run, wait}, run_restart},
        {"suspend", "", "Take tenants out of service for a reason",
         "  mtm suspend foo --reason 'moving the database' --until 2h\n"
         "  mtm suspend foo --until 2026-12-01T08:00:00Z\n"
         "  mtm suspend foo                            until 'mtm resume foo'\n\n"
         "Its process ends. Requests get 503 with the reason, and Retry-After up to the\n"
         "time, at which it serves again by itself.",
         Words::tenants, {all, labels, suspension, dry_run, wait}, run_suspend},
        {"resume", "", "End a suspension",
         "  mtm resume foo\n"
         "  mtm resume 'shop*'\n\n"
         "A tenant that is served already is no error.",
         Words::tenants, {all, labels, dry_run, wait}, run_resume},
        {"protect", "", "Keep tenants from being removed",
         "  mtm protect foo\n"
         "  mtm protect foo --off\n\n"
         "'mtm remove' refuses them with exit code 5. It needs no gateway.",
         Words::tenants, {all, labels, off, dry_run}, run_protect},
        {"check", "", "Say whether the configuration of tenants is valid",
         "  mtm check foo\n"
         "  mtm check --all\n\n"
         "It changes nothing. Exit code 6: not valid; file, line and place are shown.",
         Words::tenants, {all, labels}, run_check},
        {"config", "", "Show and change what tenant.json says",
         "  mtm config show foo                     every value, and where it comes from\n"
         "  mtm config set foo limits.rate 100/s\n"
         "  mtm config set foo hosts a.example '*.b.example'\n"
         "  mtm config unset 'shop*' limits.rate    also: get foo limits.rate\n\n"
         "A value that the gateway would not take is refused before the file is touched;\n"
         "its other content stays. mtg config schema lists the keys.",
         Words::config, {all, labels, dry_run, wait}, run_config},
        {"acl", "", "Explain why a tenant allows or denies a request",
         "  mtm acl explain foo GET /Customers/1\n"
         "  mtm acl explain foo GET /Customers/1 --as ann@example.com\n\n"
         "The first line says who decided; below it stand all rules about the request, the\n"
         "strongest first, and whether each speaks of the client. A memory tenant is empty\n"
         "here: its data lives in its running process.",
         Words::request, {as}, run_acl},
        {"logs", "", "Show what a tenant's process wrote",
         "  mtm logs foo\n"
         "  mtm logs foo -n 200\n"
         "  mtm logs foo -f           and go on until Ctrl-C\n\n"
         "Control characters are shown as \\xNN. With --json one object per line.",
         Words::tenant, {lines, follow}, run_logs},
        {"tail", "", "Show a tenant's requests as they finish",
         "  mtm tail foo\n"
         "  mtm tail foo --slow 200ms --status 5xx\n"
         "  mtm tail foo --json\n\n"
         "Time, status, duration, method, path, size, and of the duration: waiting for a\n"
         "place, for a process to start, for its answer. Until Ctrl-C. A reader that is\n"
         "too slow is told how many lines it lost.",
         Words::tenant, {requests}, run_tail},
        {"top", "", "Watch tenants: requests, times, errors, memory",
         "  mtm top\n"
         "  mtm top 'shop*' --sort memory\n"
         "  mtm top --once\n\n"
         "REQ/S and P95 are those of the last 10 to 15 seconds. Keys: r p e m x u s n\n"
         "sort, q ends. Without a terminal it prints the table once.",
         Words::tenants, {all, labels, top}, run_top},
        {"url", "", "Print where tenants are served",
         "  mtm url foo\n"
         "  curl \"$(mtm url foo)/api/Customers\"",
         Words::tenants, {all, labels}, run_url},
    };
    return table;
}

}  // namespace mt::mtm
