// Ids are counted by the table's own sequence as LoopBack's memory connector counts them (IdCounter): every create
// takes a number, and one that a client has chosen moves the count beyond it.
#include "tenant-app/connectors/factories.hpp"
#include "tenant-app/connectors/postgresql/connection.hpp"
#include "tenant-app/connectors/postgresql/dialect.hpp"
#include "tenant-app/connectors/postgresql/guard.hpp"
#include "tenant-app/connectors/postgresql/migrate.hpp"
#include "tenant-app/connectors/server/connector.hpp"
#include "tenant-app/connectors/server/values.hpp"
#include "tenant-app/data/sql/render.hpp"
#include "tenant-app/query/js.hpp"

namespace mt::app {

namespace postgresql {
namespace {

namespace asio = server::asio;
using server::Session;
using sql::Query;
using sql::Table;

constexpr std::uint16_t k_port = 5432;
constexpr double k_counted_max = 9e15;  // as IdCounter
/// A sequence that lags behind ids which clients have chosen gives numbers that are taken.
constexpr int k_attempts = 8;

// One at a time, so that the sequence never goes back; reading from the lock's row makes sure that it is held first.
constexpr const char* k_take_chosen =
    "WITH held AS (SELECT pg_advisory_xact_lock(hashtext($1::text))) "
    "SELECT CASE WHEN $2::bigint > taken.id THEN setval($1::text::regclass, $2::bigint) ELSE taken.id END "
    "FROM (SELECT nextval($1::text::regclass) AS id FROM held) taken";
constexpr const char* k_take_next = "SELECT nextval($1::text::regclass)";

bool is_chosen(const Value& id) {
    return id.is_number() ? id != 0 : id.is_string() && !id.get_ref<const std::string&>().empty();
}

class Postgresql final : public server::Engine {
public:
    Postgresql(asio::any_io_executor executor, const Library& library, server::Settings settings)
        : executor_(std::move(executor)), library_(library), settings_(std::move(settings)) {}

    const sql::Dialect& dialect() const override { return dialect_; }

    asio::awaitable<Result<std::unique_ptr<Session>>> open() override {
        MT_CO_TRY(auto connection, co_await Connection::open(executor_, library_, settings_));
        co_return std::unique_ptr<Session>{std::move(connection)};
    }

    asio::awaitable<Result<server::Tables>> migrate(Session& session,
                                                    const std::vector<const Model*>& models) override {
        auto& connection = static_cast<Connection&>(session);
        if (settings_.tenancy != server::Tenancy::isolated) MT_CO_CHECK(co_await check_login(connection, settings_));
        co_return co_await postgresql::migrate(connection, settings_, models);
    }

    asio::awaitable<Result<Value>> insert(Session& session, const Table& table, const Record& record) override {
        const auto& given = record.values[table.model->id_index];
        const bool chosen = is_chosen(given);
        if (!chosen && !table.chooses_id)
            co_return Error{Errc::bad_request, "The id must be given: the table " + table.name + " chooses none"};
        if (chosen && !table.sequence.empty()) MT_CO_CHECK(co_await take(session, table, given));
        for (int attempt = 1;; ++attempt) {
            std::string id;
            server::RowSink sink = [&](server::Cells cells) { id = cells[0].value_or(""); };
            auto query = statement(table, record, chosen);
            const auto done = co_await session.run(std::move(query), std::move(sink), settings_.statement_timeout);
            if (done.ok()) co_return chosen ? given : dialect_.decode(table.model->id(), table.id().kind, id);
            // It was refused, not lost: this is another row with another number.
            if (chosen || attempt == k_attempts || !is_about_id(table, done.error())) co_return done.error();
        }
    }

private:
    asio::awaitable<Status> take(Session& session, const Table& table, const Value& given) {
        const bool counted = given.is_number() && table.id().kind == sql::Kind::number &&
            given.get<double>() < k_counted_max;
        Query query{counted ? k_take_chosen : k_take_next, {table.sequence}};
        if (counted) query.parameters.emplace_back(std::to_string(given.get<std::int64_t>()));
        server::RowSink nobody;
        MT_CO_CHECK(co_await session.run(std::move(query), std::move(nobody), settings_.statement_timeout));
        co_return Status{};
    }

    static bool is_about_id(const Table& table, const Error& error) {
        if (error.code() != Errc::conflict) return false;
        const auto found = table.unique.find(error.message());
        return found != table.unique.end() && found->second == table.model->id_index;
    }

    Query statement(const Table& table, const Record& record, bool with_id) const {
        const auto& properties = table.model->properties;
        Query query;
        std::string columns;
        const auto add = [&](const std::string& column, std::optional<std::string> value) {
            columns += (columns.empty() ? "" : ", ") + column;
            if (!query.text.empty()) query.text += ", ";
            dialect_.store(query, std::move(value));
        };
        for (std::size_t i = 0; i < properties.size(); ++i)
            if (i == table.model->id_index && !with_id && !table.counts_by_itself) {
                columns += (columns.empty() ? "" : ", ") + table.columns[i].name;
                query.text += (query.text.empty() ? "" : ", ") + next_id(table);
            } else if (i != table.model->id_index || with_id)
                add(table.columns[i].name, dialect_.encode(properties[i], table.columns[i].kind, record.values[i]));
        const bool some = record.extra.is_object() && !record.extra.empty();
        if (table.has_extra)
            add(sql::quote(sql::k_extra),
                some ? std::optional{server::well_formed(js::to_json(record.extra))} : std::nullopt);
        const std::string values =
            columns.empty() ? "DEFAULT VALUES" : "(" + columns + ") VALUES (" + query.text + ")";
        query.text = "INSERT INTO " + table.name + " " + values + " RETURNING " + table.id().name;
        return query;
    }

    static std::string next_id(const Table& table) {
        std::string literal;
        for (const char c : table.sequence) literal += c == '\'' ? "''" : std::string{c};
        return "nextval('" + literal + (table.id().kind == sql::Kind::number ? "')" : "')::text");
    }

    asio::any_io_executor executor_;
    const Library& library_;
    const server::Settings settings_;
    Dialect dialect_;
};

}  // namespace
}  // namespace postgresql

Result<std::unique_ptr<Connector>> make_postgresql(const asio::any_io_executor& executor,
                                                   const std::filesystem::path& folder,
                                                   const Datasource& datasource) {
    MT_TRY(auto settings, server::read_settings(folder, datasource, "postgres", postgresql::k_port));
    if (settings.schema.empty()) settings.schema = "public";
    const auto library = postgresql::Library::load();
    if (!library.ok()) {
        const auto missing = library.error();
        return settings.error(Errc::invalid_config, "connector", missing.message()).hint(missing.place().hint);
    }
    auto engine = std::make_unique<postgresql::Postgresql>(executor, **library, settings);
    return server::make_connector(executor, std::move(settings), std::move(engine));
}

}  // namespace mt::app
