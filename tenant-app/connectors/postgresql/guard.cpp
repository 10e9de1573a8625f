// Everything is asked of the server, about the login that it knows (session_user): nothing that datasources.json says
// is believed. Each line of the answer is one reason to refuse.
#include "tenant-app/connectors/postgresql/guard.hpp"

namespace mt::app::postgresql {

namespace asio = server::asio;

namespace {

constexpr const char* k_reasons = R"(
WITH me AS (SELECT * FROM pg_roles WHERE rolname = session_user),
other AS (SELECT oid, nspname FROM pg_namespace
  WHERE nspname <> $2 AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\_%')
SELECT 'is ' || session_user || ', not ' || $1::text WHERE session_user <> $1::text OR current_user <> session_user
UNION ALL SELECT 'is a superuser' FROM me WHERE rolsuper
UNION ALL SELECT 'bypasses row level security' FROM me WHERE rolbypassrls
UNION ALL SELECT 'may make roles, databases or replicas' FROM me WHERE rolcreaterole OR rolcreatedb OR rolreplication
UNION ALL SELECT 'is a member of the role ' || g.rolname FROM pg_auth_members m JOIN me ON m.member = me.oid
  JOIN pg_roles g ON g.oid = m.roleid
UNION ALL SELECT 'may create schemas in the database' WHERE has_database_privilege(session_user, current_database(), 'CREATE')
UNION ALL SELECT 'owns the database ' || datname FROM pg_database d JOIN me ON d.datdba = me.oid
UNION ALL SELECT 'owns the schema ' || nspname FROM pg_namespace n JOIN me ON n.nspowner = me.oid WHERE nspname NOT LIKE 'pg\_%'
UNION ALL (SELECT 'owns ' || c.oid::regclass FROM pg_class c JOIN me ON c.relowner = me.oid
  WHERE c.relpersistence <> 't' AND c.relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname = 'pg_toast') LIMIT 5)
UNION ALL (SELECT 'owns the function ' || p.oid::regprocedure FROM pg_proc p JOIN me ON p.proowner = me.oid LIMIT 5)
UNION ALL SELECT 'may create in the schema ' || nspname FROM pg_namespace
  WHERE nspname NOT LIKE 'pg\_temp%' AND nspname NOT LIKE 'pg\_toast%' AND has_schema_privilege(session_user, oid, 'CREATE')
UNION ALL (SELECT 'may use the schema ' || nspname FROM other
  WHERE nspname <> 'public' AND has_schema_privilege(session_user, oid, 'USAGE') LIMIT 5)
UNION ALL (SELECT 'may read or write ' || c.oid::regclass FROM pg_class c JOIN other ON c.relnamespace = other.oid
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND has_schema_privilege(session_user, other.oid, 'USAGE')
    AND (has_table_privilege(session_user, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
      OR has_any_column_privilege(session_user, c.oid, 'SELECT, INSERT, UPDATE')) LIMIT 5)
UNION ALL (SELECT 'may empty or reference ' || c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $2 AND c.relkind IN ('r', 'p')
    AND has_table_privilege(session_user, c.oid, 'TRUNCATE, REFERENCES, TRIGGER') LIMIT 5))";

// Every table that the login may touch in the schema that tenants share must have our policy, and no other that lets rows
// pass: a second one would be added to it by OR.
constexpr const char* k_open_tables = R"(
WITH seen AS (SELECT c.oid, c.oid::regclass AS name, c.relkind, c.relrowsecurity, c.relforcerowsecurity
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND (has_table_privilege(session_user, c.oid, 'SELECT, INSERT, UPDATE, DELETE')
      OR has_any_column_privilege(session_user, c.oid, 'SELECT, INSERT, UPDATE'))),
policy AS (SELECT p.polrelid, p.polname, p.polcmd = '*'
    AND lower(pg_get_expr(p.polqual, p.polrelid)) IN ('(_tenant = (session_user)::text)', '(_tenant = ("session_user"())::text)')
    AND coalesce(pg_get_expr(p.polwithcheck, p.polrelid) = pg_get_expr(p.polqual, p.polrelid), true) AS ours
  FROM pg_policy p WHERE p.polpermissive
    AND (0 = ANY (p.polroles) OR (SELECT oid FROM pg_roles WHERE rolname = session_user) = ANY (p.polroles)))
SELECT name || ' is no table, and has no policy' FROM seen WHERE relkind NOT IN ('r', 'p')
UNION ALL SELECT name || ' has no row level security' FROM seen WHERE relkind IN ('r', 'p') AND NOT relrowsecurity
UNION ALL SELECT name || ' does not force row level security' FROM seen WHERE relkind IN ('r', 'p') AND NOT relforcerowsecurity
UNION ALL SELECT name || ' lacks the policy on the login' FROM seen WHERE relkind IN ('r', 'p')
  AND NOT EXISTS (SELECT 1 FROM policy WHERE polrelid = oid AND ours)
UNION ALL SELECT name || ' has another policy, ' || polname FROM seen JOIN policy ON polrelid = oid WHERE NOT ours)";

/// Of tenants that share tables.
asio::awaitable<Status> check_tables(Connection& connection, const server::Settings& settings) {
    if (settings.tenancy != server::Tenancy::row) co_return Status{};
    std::string reasons;
    server::RowSink sink = [&](server::Cells cells) {
        reasons += (reasons.empty() ? "" : "; ") + std::string{cells[0].value_or("")};
    };
    sql::Query query{k_open_tables, {settings.schema}};
    MT_CO_CHECK(co_await connection.run(std::move(query), std::move(sink), settings.statement_timeout));
    if (reasons.empty()) co_return Status{};
    co_return settings.error(Errc::invalid_config, "schema", "tables that tenants share are open to others: " + reasons)
        .hint("each wants ENABLE and FORCE ROW LEVEL SECURITY and mtg's policy alone: docs/TENANCY.md");
}

}  // namespace

asio::awaitable<Status> check_login(Connection& connection, const server::Settings& settings) {
    std::string reasons;
    server::RowSink sink = [&](server::Cells cells) {
        reasons += (reasons.empty() ? "" : "; it ") + std::string{cells[0].value_or("")};
    };
    sql::Query query{k_reasons, {settings.user, settings.schema}};
    MT_CO_CHECK(co_await connection.run(std::move(query), std::move(sink), settings.statement_timeout));
    if (reasons.empty()) co_return co_await check_tables(connection, settings);
    co_return settings.error(Errc::invalid_config, "user", "the login is not fit for a database that tenants share: it " + reasons)
        .hint("use one that may read and write the rows of " + settings.schema + " and nothing else: docs/TENANCY.md");
}

}  // namespace mt::app::postgresql
