// Ids are counted by AUTO_INCREMENT as LoopBack's memory connector counts them (IdCounter): every create takes a number,
// and one that a client has chosen moves the count beyond it, which InnoDB does. Where the id is a text the column
// `_number` counts.
#include "tenant-app/connectors/factories.hpp"
#include "tenant-app/connectors/mysql/connection.hpp"
#include "tenant-app/connectors/mysql/migrate.hpp"
#include "tenant-app/connectors/mysql/schema.hpp"
#include "tenant-app/connectors/server/connector.hpp"
#include "tenant-app/connectors/server/values.hpp"
#include "tenant-app/data/sql/render.hpp"
#include "tenant-app/query/js.hpp"

namespace mt::app {

namespace mysql {
namespace {

using server::Session;
using sql::Query;
using sql::Table;

constexpr std::uint16_t k_default_port = 3306;
/// Ids that clients have chosen may have taken the numbers that come next.
constexpr int k_tries = 8;

bool has_id(const Value& id) {
    return id.is_number() ? id != 0 : id.is_string() && !id.get_ref<const std::string&>().empty();
}

class Mysql final : public server::Engine {
public:
    Mysql(asio::any_io_executor executor, const Library& library, server::Settings settings)
        : executor_(std::move(executor)), library_(library), settings_(std::move(settings)) {}

    const sql::Dialect& dialect() const override { return dialect_; }

    asio::awaitable<Result<std::unique_ptr<Session>>> open() override {
        MT_CO_TRY(auto connection, co_await Connection::open(executor_, library_, settings_));
        dialect_.set_mariadb(connection->is_mariadb());
        co_return std::unique_ptr<Session>{std::move(connection)};
    }

    asio::awaitable<Result<server::Tables>> migrate(Session& session,
                                                    const std::vector<const Model*>& models) override {
        co_return co_await mysql::migrate(session, settings_, dialect_, models);
    }

    asio::awaitable<Result<Value>> insert(Session& session, const Table& table, const Record& record) override {
        const auto& given = record.values[table.model->id_index];
        const bool numbered = table.sequence == table.id().name;
        if (has_id(given)) {
            if (numbered && given.is_number_float())
                co_return Error{Errc::bad_request, "The database refuses the values: the id is not a whole number"};
            if (numbered && table.has_extra) MT_CO_CHECK(co_await take_number(session, table));
            auto chosen = statement(table, record, Id::given);
            MT_CO_CHECK(co_await tell(session, std::move(chosen)));
            co_return given;
        }
        if (!table.chooses_id)
            co_return Error{Errc::bad_request, "The id must be given: the table " + table.name + " chooses none"};
        if (!numbered) co_return co_await insert_text_id(session, table, record);
        auto next = statement(table, record, Id::counted);
        MT_CO_CHECK(co_await tell(session, std::move(next)));
        co_return id_of(session, table);
    }

private:
    enum class Id : std::uint8_t { given, counted, preliminary };

    asio::awaitable<Status> tell(Session& session, Query query) {
        server::RowSink nobody;
        MT_CO_CHECK(co_await session.run(std::move(query), std::move(nobody), settings_.statement_timeout));
        co_return Status{};
    }

    asio::awaitable<Status> tell(Session& session, const char* text) {
        Query query{text, {}};
        co_return co_await tell(session, std::move(query));
    }

    Value id_of(Session& session, const Table& table) const {
        const auto number = std::to_string(static_cast<Connection&>(session).last_id());
        return dialect_.decode(table.model->id(), table.id().kind, number);
    }

    /// A number that is taken stays so, whatever becomes of the row.
    asio::awaitable<Status> take_number(Session& session, const Table& table) {
        Query row{"INSERT INTO " + table.name + " () VALUES ()", {}};
        MT_CO_CHECK(co_await tell(session, "BEGIN"));
        MT_CO_CHECK(co_await tell(session, std::move(row)));
        co_return co_await tell(session, "ROLLBACK");
    }

    /// The id is the row's number, which is known once the row is there.
    asio::awaitable<Result<Value>> insert_text_id(Session& session, const Table& table, const Record& record) {
        for (int attempt = 1;; ++attempt) {
            MT_CO_CHECK(co_await tell(session, "BEGIN"));
            auto row = statement(table, record, Id::preliminary);
            auto done = co_await tell(session, std::move(row));
            auto id = id_of(session, table);
            if (done.ok()) {
                const auto number = std::to_string(static_cast<Connection&>(session).last_id());
                const auto set = " SET " + table.id().name + " = ? WHERE " + table.sequence + " = ?";
                Query named{"UPDATE " + table.name + set, {number, number}};
                done = co_await tell(session, std::move(named));
            }
            if (session.is_broken()) co_return done.error();
            if (done.ok()) {
                MT_CO_CHECK(co_await tell(session, "COMMIT"));
                co_return id;
            }
            MT_CO_CHECK(co_await tell(session, "ROLLBACK"));
            // It was refused, not lost: this is another row with another number.
            if (attempt == k_tries || !is_about_id(table, done.error())) co_return done.error();
        }
    }

    static bool is_about_id(const Table& table, const Error& error) {
        if (error.code() != Errc::conflict) return false;
        const auto found = table.unique.find(error.message());
        return found != table.unique.end() && found->second == table.model->id_index;
    }

    Query statement(const Table& table, const Record& record, Id id) const {
        const auto& properties = table.model->properties;
        Query query;
        std::string columns;
        const auto add = [&](const std::string& column) {
            columns += (columns.empty() ? "" : ", ") + column;
            if (!query.text.empty()) query.text += ", ";
        };
        for (std::size_t i = 0; i < properties.size(); ++i) {
            const bool is_id = i == table.model->id_index;
            if (is_id && id == Id::counted) continue;
            add(table.columns[i].name);
            if (is_id && id == Id::preliminary) query.text += "UUID()";
            else dialect_.store(query, dialect_.encode(properties[i], table.columns[i].kind, record.values[i]));
        }
        if (table.has_extra) {
            const bool some = record.extra.is_object() && !record.extra.empty();
            add(backquoted(sql::k_extra));
            dialect_.store(query, some ? std::optional{server::well_formed(js::to_json(record.extra))} : std::nullopt);
        }
        query.text = "INSERT INTO " + table.name + " (" + columns + ") VALUES (" + query.text + ")";
        return query;
    }

    asio::any_io_executor executor_;
    const Library& library_;
    const server::Settings settings_;
    Dialect dialect_;
};

/// LoopBack's "timezone" says in which dates are stored; ours are in UTC.
Status check_timezone(const server::Settings& settings, const Datasource& datasource) {
    if (!datasource.settings) return {};
    const auto zone = datasource.settings->find("timezone");
    if (zone == datasource.settings->end()) return {};
    for (const char* utc : {"Z", "z", "UTC", "utc", "+00:00"})
        if (*zone == utc) return {};
    return settings.error(Errc::invalid_config, "timezone", "\"timezone\" is \"Z\": dates are stored in UTC");
}

}  // namespace
}  // namespace mysql

Result<std::unique_ptr<Connector>> make_mysql(const asio::any_io_executor& executor,
                                              const std::filesystem::path& folder, const Datasource& datasource) {
    MT_TRY(auto settings, server::read_settings(folder, datasource, "mysql", mysql::k_default_port));
    MT_CHECK(mysql::check_timezone(settings, datasource));
    const auto library = mysql::Library::load();
    if (!library.ok()) {
        const auto missing = library.error();
        return settings.error(Errc::invalid_config, "connector", missing.message()).hint(missing.place().hint);
    }
    auto engine = std::make_unique<mysql::Mysql>(executor, **library, settings);
    return server::make_connector(executor, std::move(settings), std::move(engine));
}

}  // namespace mt::app
