// What is made for a tenant is called by its key: the login `key`, the role `key_owner` that owns the schema `key` and
// its tables, and nobody logs in as. The registry, mtg.tenants, says that it was made by us: nothing else is ever
// dropped. Two jobs for one tenant, of which one may be that of a killed mtm, wait for each other by an advisory lock.
#include "tenant-app/connectors/postgresql/provision.hpp"

#include <boost/asio/co_spawn.hpp>

#include "tenant-app/connectors/postgresql/connection.hpp"
#include "tenant-app/connectors/postgresql/migrate.hpp"
#include "tenant-app/data/sql/render.hpp"

namespace mt::app::postgresql {

namespace asio = server::asio;
using sql::quote;

namespace {

constexpr std::chrono::seconds k_timeout{60};
/// A worker, the one that replaces it, and jobs, with two connections each.
constexpr const char* k_logins_max = "8";

const std::string k_shared_schema = "mtg_rows";
const std::string k_commit = "COMMIT", k_rollback = "ROLLBACK";
const std::string k_make_registry =
    "BEGIN; SELECT pg_advisory_xact_lock(hashtext('mtg registry')); CREATE SCHEMA IF NOT EXISTS mtg; "
    "CREATE TABLE IF NOT EXISTS mtg.tenants (key text PRIMARY KEY, token text NOT NULL, tenancy text NOT NULL, "
    "made timestamptz NOT NULL DEFAULT now(), shelved timestamptz); COMMIT";

const std::string k_lock_shared = "SELECT pg_advisory_xact_lock(hashtext('mtg rows'))";
constexpr const char* k_removals =
    "SELECT format('DELETE FROM %s WHERE _tenant = %L', c.oid::regclass, $1::text) FROM pg_class c JOIN pg_namespace n"
    " ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = '_tenant'"
    " WHERE n.nspname = $2 AND c.relkind IN ('r', 'p') UNION ALL"
    " SELECT format('DROP SEQUENCE %s', c.oid::regclass) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = $2 AND c.relkind = 'S' AND starts_with(c.relname, $1::text || '_')";

std::string literal(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') out += '\'';
        out += c;
    }
    return out += '\'';
}

class Provisioning {
public:
    Provisioning(asio::any_io_executor executor, const Library& library, Connection& connection, const PlaceOrder& order)
        : executor_(std::move(executor)), library_(library), connection_(connection), order_(order), login_(quote(order.place.key)), tenancy_(order.place.tenancy) {}

    asio::awaitable<Result<PlaceDone>> run() {
        if (tenancy_ == server::Tenancy::isolated) co_return co_await run_steps();
        if (order_.action == PlaceAction::make) MT_CO_CHECK(co_await script(k_make_registry));
        const auto lock = literal("mtg place " + order_.place.key);
        const auto begin = "BEGIN; SELECT pg_advisory_xact_lock(hashtext(" + lock + "))";
        MT_CO_CHECK(co_await script(begin));
        auto done = co_await act();
        if (!done.ok() && connection_.is_broken()) co_return done.error();
        const bool keep = done.ok() && order_.action != PlaceAction::plan;
        const auto ended = co_await script(keep ? k_commit : k_rollback);
        if (!done.ok()) co_return done.error();
        MT_CO_CHECK(ended);
        if (order_.action == PlaceAction::shelve) MT_CO_CHECK(co_await end_sessions());
        co_return done;
    }

private:
    /// A database cannot be made in a transaction. The login and the registry's row come and go together, before and
    /// after it, so that `drop` knows what is there.
    asio::awaitable<Result<PlaceDone>> run_steps() {
        if (order_.action == PlaceAction::make) MT_CO_CHECK(co_await script(k_make_registry));
        const auto lock = "SELECT pg_advisory_lock(hashtext(" + literal("mtg place " + order_.place.key) + "))";
        MT_CO_CHECK(co_await script(lock));
        if (order_.action == PlaceAction::make) {
            MT_CO_CHECK(co_await make_database());
            co_return done_;
        }
        MT_CO_TRY(done_.there, co_await is_known());
        if (!done_.there) co_return done_;
        switch (order_.action) {
            case PlaceAction::shelve:
                MT_CO_CHECK(co_await set_login("NOLOGIN", "now()"));
                MT_CO_CHECK(co_await end_sessions());
                break;
            case PlaceAction::unshelve: MT_CO_CHECK(co_await set_login("LOGIN", "NULL")); break;
            case PlaceAction::drop: MT_CO_CHECK(co_await drop_database()); break;
            case PlaceAction::plan:
            case PlaceAction::tables:  // the worker makes them
            case PlaceAction::make: break;
        }
        co_return done_;
    }

    asio::awaitable<Status> make_database() {
        MT_CO_TRY(const auto verifier, connection_.verifier(order_.place.key, order_.place.password));
        std::vector<std::optional<std::string>> name{order_.place.key};
        MT_CO_TRY(const bool taken, co_await finds("SELECT 1 FROM pg_database WHERE datname = $1", std::move(name)));
        if (taken) co_return name_taken("the database " + order_.place.key + " is there");
        const auto login = "CREATE ROLE " + login_ + " LOGIN NOINHERIT CONNECTION LIMIT " + k_logins_max + " PASSWORD " +
                           literal(verifier) + "; GRANT " + login_ + " TO CURRENT_USER; " +
                           "INSERT INTO mtg.tenants (key, token, tenancy) VALUES (" + literal(order_.place.key) + ", " +
                           literal(order_.place.token) + ", 'isolated')";
        const auto made_login = co_await script(login);
        MT_CO_CHECK(explained(made_login));
        const auto database = "CREATE DATABASE " + login_;
        const auto made = co_await script(database);
        MT_CO_CHECK(explained(made));
        const auto rights = "REVOKE ALL ON DATABASE " + login_ + " FROM PUBLIC; GRANT CONNECT, TEMPORARY ON DATABASE " +
                            login_ + " TO " + login_;
        MT_CO_CHECK(co_await script(rights));
        auto inside = order_.login;
        inside.database = order_.place.key;
        MT_CO_TRY(const auto connection, co_await Connection::open(executor_, library_, inside));
        auto grant = "GRANT CREATE, USAGE ON SCHEMA public TO " + login_;
        co_return co_await connection->script(std::move(grant), k_timeout);
    }

    asio::awaitable<Status> drop_database() {
        const auto lock_out = "ALTER ROLE " + login_ + " NOLOGIN";
        MT_CO_CHECK(co_await script(lock_out));
        const auto database = "DROP DATABASE IF EXISTS " + login_ + " WITH (FORCE)";
        MT_CO_CHECK(co_await script(database));
        const auto login = "DROP OWNED BY " + login_ + "; DROP ROLE " + login_ + "; DELETE FROM mtg.tenants WHERE key = " +
                           literal(order_.place.key);
        co_return co_await script(login);
    }

    asio::awaitable<Status> script(const std::string& text) {
        auto copy = text;
        co_return co_await connection_.script(std::move(copy), k_timeout);
    }

    /// Whether the query has rows.
    asio::awaitable<Result<bool>> finds(const char* text, std::vector<std::optional<std::string>> parameters) {
        bool found = false;
        server::RowSink sink = [&](server::Cells) { found = true; };
        sql::Query query{text, std::move(parameters)};
        MT_CO_CHECK(co_await connection_.run(std::move(query), std::move(sink), k_timeout));
        co_return found;
    }

    asio::awaitable<Result<PlaceDone>> act() {
        if (order_.action == PlaceAction::make) {
            MT_CO_CHECK(co_await make());
            co_return done_;
        }
        MT_CO_TRY(done_.there, co_await is_known());
        if (!done_.there) co_return done_;
        switch (order_.action) {
            case PlaceAction::plan:
            case PlaceAction::tables: {
                MT_CO_TRY(done_.steps, co_await make_tables());
                break;
            }
            case PlaceAction::shelve: MT_CO_CHECK(co_await set_login("NOLOGIN", "now()")); break;
            case PlaceAction::unshelve: MT_CO_CHECK(co_await set_login("LOGIN", "NULL")); break;
            case PlaceAction::drop: MT_CO_CHECK(co_await drop()); break;
            case PlaceAction::make: break;
        }
        co_return done_;
    }

    asio::awaitable<Result<bool>> is_known() {
        std::vector<std::optional<std::string>> none;
        MT_CO_TRY(const bool registry,
                  co_await finds("SELECT 1 WHERE to_regclass('mtg.tenants') IS NOT NULL", std::move(none)));
        if (!registry) co_return false;
        bool known = false;
        server::RowSink sink = [&](server::Cells cells) {
            known = true;
            if (tenancy_ != server::Tenancy::isolated)
                tenancy_ = cells[0] == "row" ? server::Tenancy::row : server::Tenancy::schema;
        };
        sql::Query query{"SELECT tenancy FROM mtg.tenants WHERE key = $1 AND ($2 = '' OR token = $2)",
                         {order_.place.key, order_.place.token}};
        MT_CO_CHECK(co_await connection_.run(std::move(query), std::move(sink), k_timeout));
        co_return known;
    }

    asio::awaitable<Status> make() {
        MT_CO_TRY(const auto verifier, connection_.verifier(order_.place.key, order_.place.password));
        const auto database = quote(order_.login.database);
        if (shares_tables()) MT_CO_CHECK(co_await make_shared_schema());
        const std::string own = shares_tables() ? "" : "CREATE ROLE " + owner() + " NOLOGIN; GRANT " + owner() +
                                " TO CURRENT_USER; CREATE SCHEMA " + quote(schema()) + " AUTHORIZATION " + owner() + "; ";
        const auto login = own + "CREATE ROLE " + login_ + " LOGIN NOINHERIT CONNECTION LIMIT " + k_logins_max + " PASSWORD " +
                           literal(verifier) + "; GRANT " + login_ + " TO CURRENT_USER; ALTER ROLE " + login_ +
                           " IN DATABASE " + database + " SET search_path = " + quote(schema());
        const auto made = co_await script(login);
        MT_CO_CHECK(explained(made));
        MT_CO_CHECK(co_await let_connect(database));
        const auto in_schema = "; ALTER DEFAULT PRIVILEGES IN SCHEMA " + quote(schema()) + " GRANT ";
        auto rights = "SET LOCAL ROLE " + owner() + "; GRANT USAGE ON SCHEMA " + quote(schema()) + " TO " + login_;
        if (!shares_tables())
            rights += in_schema + "SELECT, INSERT, UPDATE, DELETE ON TABLES TO " + login_ + in_schema +
                      "ALL ON SEQUENCES TO " + login_;
        MT_CO_CHECK(co_await script(rights));
        MT_CO_TRY(done_.steps, co_await make_tables());
        const auto entry = "RESET ROLE; INSERT INTO mtg.tenants (key, token, tenancy) VALUES (" +
                           literal(order_.place.key) + ", " + literal(order_.place.token) + ", " +
                           literal(shares_tables() ? "row" : "schema") + ")";
        co_return co_await script(entry);
    }

    /// Where the first tenant's rows are to be.
    asio::awaitable<Status> make_shared_schema() {
        MT_CO_CHECK(co_await script(k_lock_shared));
        std::vector<std::optional<std::string>> role{"mtg_rows_" + order_.login.database}, name{k_shared_schema};
        MT_CO_TRY(const bool has_role, co_await finds("SELECT 1 FROM pg_roles WHERE rolname = $1", std::move(role)));
        const auto make_role = "CREATE ROLE " + owner() + " NOLOGIN; GRANT " + owner() + " TO CURRENT_USER";
        if (!has_role) {
            const auto made = co_await script(make_role);
            MT_CO_CHECK(explained(made));
        }
        MT_CO_TRY(const bool has_schema, co_await finds("SELECT 1 FROM pg_namespace WHERE nspname = $1", std::move(name)));
        if (has_schema) co_return Status{};
        const auto make_schema = "CREATE SCHEMA " + quote(k_shared_schema) + " AUTHORIZATION " + owner();
        const auto made = co_await script(make_schema);
        co_return explained(made);
    }

    /// Where not everybody may connect to the database.
    asio::awaitable<Status> let_connect(std::string database) {
        std::vector<std::optional<std::string>> login{order_.place.key};
        MT_CO_TRY(const bool connects,
                  co_await finds("SELECT 1 WHERE has_database_privilege($1, current_database(), 'CONNECT')", std::move(login)));
        if (connects) co_return Status{};
        const auto grant = "GRANT CONNECT ON DATABASE " + database + " TO " + login_;
        const auto granted = co_await script(grant);
        co_return explained(granted);
    }

    asio::awaitable<Result<std::vector<std::string>>> make_tables() {
        auto tables = order_.login;  // as the tenant's data source would be, if its login could
        tables.datasource = order_.datasource;
        tables.schema = schema();
        tables.tenancy = tenancy_;
        tables.user = order_.place.key;
        if (shares_tables()) MT_CO_CHECK(co_await script(k_lock_shared));
        const auto as_owner = "SET LOCAL ROLE " + owner();
        MT_CO_CHECK(co_await script(as_owner));
        MT_CO_TRY(auto steps, co_await missing_steps(connection_, tables, order_.models));
        if (order_.action == PlaceAction::plan) co_return steps;
        for (const auto& step : steps) {
            const auto done = co_await script(step);
            if (done.ok()) continue;
            const auto& error = done.error();
            const bool away = error.code() == Errc::unavailable || error.code() == Errc::timed_out;
            co_return tables.error(away ? error.code() : Errc::invalid_config, "",
                                   "cannot make the tables fit the models: " + error.message() + " (" + step + ")");
        }
        co_return steps;
    }

    asio::awaitable<Status> set_login(const char* attribute, const char* shelved) {
        const auto change = "ALTER ROLE " + login_ + " " + attribute + "; UPDATE mtg.tenants SET shelved = " + shelved +
                            " WHERE key = " + literal(order_.place.key);
        co_return co_await script(change);
    }

    asio::awaitable<Status> drop() {
        const auto lock_out = "ALTER ROLE " + login_ + " NOLOGIN";
        MT_CO_CHECK(co_await script(lock_out));
        MT_CO_CHECK(co_await end_sessions());
        if (shares_tables()) MT_CO_CHECK(co_await remove_rows());
        const auto whose = login_ + (shares_tables() ? "" : ", " + owner());
        const auto all = "DROP OWNED BY " + whose + " CASCADE; DROP ROLE " + whose +
                         "; DELETE FROM mtg.tenants WHERE key = " + literal(order_.place.key);
        co_return co_await script(all);
    }

    /// Of shared tables, with what counts the tenant's ids.
    asio::awaitable<Status> remove_rows() {
        std::string statements = "SET LOCAL ROLE " + owner();
        server::RowSink sink = [&](server::Cells cells) { statements += "; " + std::string{cells[0].value_or("")}; };
        sql::Query query{k_removals, {order_.place.key, k_shared_schema}};
        MT_CO_CHECK(co_await connection_.run(std::move(query), std::move(sink), k_timeout));
        statements += "; RESET ROLE";
        co_return co_await script(statements);
    }

    asio::awaitable<Status> end_sessions() {
        const auto end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = " +
                         literal(order_.place.key);
        co_return co_await script(end);
    }

    bool shares_tables() const { return tenancy_ == server::Tenancy::row; }
    std::string schema() const { return shares_tables() ? k_shared_schema : order_.place.key; }
    /// Roles are the server's, so that of shared tables is named after their database.
    std::string owner() const {
        return quote(shares_tables() ? "mtg_rows_" + order_.login.database : order_.place.key + "_owner");
    }

    Error name_taken(const std::string& what) const {
        return order_.login.error(Errc::conflict, "", "something else has that name: " + what)
            .hint("is the tenant's key in tenant.json that of another tenant?");
    }

    Status explained(const Status& status) const {
        if (status.ok()) return {};
        const auto message = status.error().message();
        if (message.find("(SQLSTATE 42710)") != std::string::npos || message.find("(SQLSTATE 42P06)") != std::string::npos)
            return name_taken(message);
        if (message.find("(SQLSTATE 42501)") != std::string::npos)
            return order_.login.error(Errc::invalid_config, "user", message)
                .hint(tenancy_ == server::Tenancy::isolated
                          ? "the operator's login needs CREATEROLE and CREATEDB"
                          : "the operator's login needs CREATEROLE, and CREATE on the database " + order_.login.database);
        return status;
    }

    asio::any_io_executor executor_;
    const Library& library_;
    Connection& connection_;
    const PlaceOrder& order_;
    const std::string login_;
    server::Tenancy tenancy_;  // of a place that is there: as the registry has it
    PlaceDone done_;
};

asio::awaitable<void> run_order(asio::any_io_executor executor, const PlaceOrder& order,
                                std::optional<Result<PlaceDone>>& result) {
    const auto work = [&]() -> asio::awaitable<Result<PlaceDone>> {
        MT_CO_TRY(const auto* library, Library::load());
        MT_CO_TRY(const auto connection, co_await Connection::open(executor, *library, order.login));
        Provisioning provisioning{executor, *library, *connection, order};
        co_return co_await provisioning.run();
    };
    result.emplace(co_await work());
}

}  // namespace

Result<PlaceDone> provision(boost::asio::io_context& io, const PlaceOrder& order) {
    std::optional<Result<PlaceDone>> result;
    asio::co_spawn(io, run_order(io.get_executor(), order, result), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    });
    io.run();
    if (!result) return Error{Errc::failed, "the server was not asked"};
    return *std::move(result);
}

}  // namespace mt::app::postgresql
