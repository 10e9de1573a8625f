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

}  // namespace

asio::awaitable<Status> check_login(Connection& connection, const server::Settings& settings) {
    std::string reasons;
    server::RowSink sink = [&](server::Cells cells) {
        reasons += (reasons.empty() ? "" : "; it ") + std::string{cells[0].value_or("")};
    };
    sql::Query query{k_reasons, {settings.user, settings.schema}};
    MT_CO_CHECK(co_await connection.run(std::move(query), std::move(sink), settings.statement_timeout));
    if (reasons.empty()) co_return Status{};
    co_return settings.error(Errc::invalid_config, "user", "the login is not fit for a database that tenants share: it " + reasons)
        .hint("use one that may read and write the rows of " + settings.schema + " and nothing else: docs/TENANCY.md");
}

}  // namespace mt::app::postgresql
