// One statement per call wherever the server can decide the condition alone; a walk through the candidates where it
// cannot, and then a change is one transaction: the rows are locked as they are looked at. Nothing that has been sent
// is ever sent again: a connection that is lost under a write leaves open whether it was done, and the client is told
// so.
#include "tenant-app/connectors/server/connector.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>

#include "tenant-app/connectors/server/pool.hpp"
#include "tenant-app/connectors/server/statements.hpp"
#include "tenant-app/data/sort_rows.hpp"
#include "tenant-app/model/relation_keys.hpp"

namespace mt::app::server {

namespace {

using sql::Query;
using sql::Table;

constexpr std::uint64_t k_rows_bounded = 1ull << 40;  ///< more is as good as no limit

constexpr std::size_t k_related_max = 100'000;  ///< keys of related rows that are looked up for one condition

/// What a walk through the rows found.
using Visit = std::function<bool(Record&& record)>;  ///< false: enough

class ServerConnector final : public Connector {
public:
    ServerConnector(const asio::any_io_executor& executor, Settings settings, std::unique_ptr<Engine> engine)
        : executor_(executor), settings_(std::move(settings)), engine_(std::move(engine)),
          pool_(executor, settings_, [this] { return engine_->open(); }) {}

    Status migrate(const std::vector<const Model*>& models) override {
        auto& loop = static_cast<asio::io_context&>(asio::query(executor_, asio::execution::context));
        std::optional<Status> done;
        asio::co_spawn(executor_, fit(models, done), [](std::exception_ptr failure) {
            if (failure) std::rethrow_exception(failure);
        });
        while (!done) {
            loop.restart();
            loop.run_one();
        }
        loop.restart();
        return *done;
    }

    asio::awaitable<Result<std::vector<Record>>> find(const Model& model, const Filter& filter) override {
        ++statements_;
        MT_CO_TRY(const auto* table, known(model));
        MT_CO_TRY(const auto session, co_await acquire());
        if (!sorts_there(*table, filter) || !is_exact(*table, filter.where))
            co_return co_await find_here(*session, *table, filter);
        std::vector<Record> rows;
        RowSink sink = [&](Cells cells) { rows.push_back(say_.record_of(*table, cells)); };
        auto query = say_.select(*table, filter);
        MT_CO_CHECK(co_await run(*session, *table, std::move(query), std::move(sink)));
        co_return rows;
    }

    asio::awaitable<Result<std::uint64_t>> count(const Model& model, const Where& where) override {
        ++statements_;
        MT_CO_TRY(const auto* table, known(model));
        MT_CO_TRY(const auto session, co_await acquire());
        std::uint64_t rows = 0;
        if (!is_exact(*table, where)) {
            Visit visit = [&](Record&&) { return ++rows > 0; };
            MT_CO_CHECK(co_await walk(*session, *table, where, std::move(visit), false));
            co_return rows;
        }
        RowSink sink = [&](Cells cells) { rows = std::stoull(std::string{cells[0].value_or("0")}); };
        auto query = say_.count(*table, where);
        MT_CO_CHECK(co_await run(*session, *table, std::move(query), std::move(sink)));
        co_return rows;
    }

    asio::awaitable<Result<Value>> create(const Model& model, const Record& record) override {
        ++statements_;
        MT_CO_TRY(const auto* table, known(model));
        MT_CO_TRY(const auto session, co_await acquire());
        auto made = co_await engine_->insert(*session, *table, record);
        if (!made.ok()) co_return placed(*table, made.error());
        co_return made;
    }

    asio::awaitable<Result<std::uint64_t>> update(const Model& model, const Where& where,
                                                  const Record& changes) override {
        MT_CO_TRY(const auto* table, known(model));
        auto query = say_.update(*table, changes, false);
        if (query.text.empty()) co_return co_await count(model, where);
        const bool merges = table->has_extra && changes.extra.is_object() && !changes.extra.empty();
        const bool merges_here = merges && !engine_->dialect().merges();
        co_return co_await change(*table, where, std::move(query), merges_here ? &changes : nullptr);
    }

    asio::awaitable<Result<bool>> replace(const Model& model, const Value& id, const Record& record) override {
        MT_CO_TRY(const auto* table, known(model));
        const auto where = Where::equals(model.id_index, id);
        auto query = say_.update(*table, record, true);
        MT_CO_TRY(const auto rows, co_await change(*table, where, std::move(query)));
        co_return rows > 0;
    }

    asio::awaitable<Result<std::uint64_t>> destroy(const Model& model, const Where& where) override {
        MT_CO_TRY(const auto* table, known(model));
        auto query = say_.destroy(*table);
        co_return co_await change(*table, where, std::move(query));
    }

    bool joins() const override { return true; }
    std::uint64_t statements() const override { return statements_; }

private:
    asio::awaitable<void> fit(const std::vector<const Model*>& models, std::optional<Status>& done) {
        auto session = co_await pool_.acquire();
        if (!session.ok()) {
            done = session.error();
            co_return;
        }
        auto tables = co_await engine_->migrate(**session, models);
        if (tables.ok()) {
            tables_ = *std::move(tables);
            done.emplace();
        } else {
            done = tables.error();
        }
    }

    Result<const Table*> known(const Model& model) const {
        const auto table = tables_.find(model.name);
        if (table == tables_.end()) return Error{Errc::failed, "database: no table for " + model.name};
        return &table->second;
    }

    asio::awaitable<Result<Pool::Lease>> acquire() {
        auto lease = co_await pool_.acquire();
        // Whatever keeps a running tenant from its database, to a client it is not available now.
        if (!lease.ok()) co_return Error{Errc::unavailable, lease.error().message()};
        co_return lease;
    }

    /// A conflict names the property.
    static Error placed(const Table& table, const Error& error) {
        if (error.code() != Errc::conflict) return error;
        const auto found = table.unique.find(error.message());
        const auto& model = *table.model;
        return duplicate_error(model, found == table.unique.end() ? error.message()
                               : model.properties[found->second].name);
    }

    asio::awaitable<Result<std::uint64_t>> run(Session& session, const Table& table, Query query, RowSink sink) {
        auto answer = co_await session.run(std::move(query), std::move(sink), settings_.statement_timeout);
        if (!answer.ok()) co_return placed(table, answer.error());
        co_return answer;
    }

    /// A statement without rows.
    asio::awaitable<Result<std::uint64_t>> tell(Session& session, const Table& table, Query query) {
        RowSink nobody;
        co_return co_await run(session, table, std::move(query), std::move(nobody));
    }

    bool is_exact(const Table& table, const Where& where) const {
        return sql::is_exact(engine_->dialect(), table_of_, table, where);
    }

    static bool sorts_there(const Table& table, const Filter& filter) {
        return std::all_of(filter.order.begin(), filter.order.end(), [&](const Order& order) {
            return !order.from && order.path.empty() &&
                (sql::is_plain(table, order.property) || order.property == table.model->id_index);
        });
    }

    asio::awaitable<Result<std::vector<Record>>> find_here(Session& session, const Table& table, const Filter& filter) {
        std::vector<Record> found;
        // In the order of ids nothing that comes later can come first.
        const bool bounded = filter.order.empty() && filter.limit && *filter.limit < k_rows_bounded &&
            filter.skip < k_rows_bounded;
        const std::uint64_t wanted = bounded ? filter.skip + *filter.limit : 0;
        Visit visit = [&](Record&& record) {
            found.push_back(std::move(record));
            return wanted == 0 || found.size() < wanted;
        };
        if (filter.limit && *filter.limit == 0) co_return found;
        MT_CO_CHECK(co_await walk(session, table, filter.where, std::move(visit), false));
        std::vector<const Record*> sorted;
        for (const auto& record : found) sorted.push_back(&record);
        sort_rows(sorted, filter);
        std::vector<Record> rows;
        for (std::size_t i = filter.skip; i < sorted.size() && (!filter.limit || rows.size() < *filter.limit); ++i)
            rows.push_back(*sorted[i]);
        co_return rows;
    }

    /// Visits the rows that satisfy the Where, in the order of their ids. All pieces together have the time of one
    /// statement.
    asio::awaitable<Status> walk(Session& session, const Table& table, const Where& where, Visit visit, bool locked) {
        Where resolved = where;
        MT_CO_CHECK(co_await resolve(session, table, resolved));
        const Residual residual{resolved};
        const auto columns = table.columns.size() + (table.has_extra ? 1 : 0);
        Value after;
        const auto deadline = std::chrono::steady_clock::now() + settings_.statement_timeout;
        for (bool more = true; more;) {
            if (std::chrono::steady_clock::now() > deadline)
                co_return Error{Errc::timed_out, "The query took too long and was stopped"};
            std::size_t rows = 0;
            RowSink sink = [&](Cells cells) {
                ++rows;
                auto record = say_.record_of(table, cells);
                std::vector<bool> holds;
                for (std::size_t i = columns; i < cells.size(); ++i) holds.push_back(cells[i] == "1");
                after = record.values[table.model->id_index];
                if (more && residual(record, holds)) more = visit(std::move(record));
            };
            auto query = say_.piece(table, resolved, residual, after, locked);
            MT_CO_CHECK(co_await run(session, table, std::move(query), std::move(sink)));
            if (rows < k_piece_rows) more = false;
        }
        co_return Status{};
    }

    /// Related rows that the server cannot tell alone are looked up: the condition becomes a list of keys.
    asio::awaitable<Status> resolve(Session& session, const Table& table, Where& where) {
        if (where.kind == Where::Kind::related && !is_exact(table, where))
            co_return co_await look_up(session, table, where);
        for (auto& child : where.children) MT_CO_CHECK(co_await resolve(session, table, child));
        co_return Status{};
    }

    asio::awaitable<Status> look_up(Session& session, const Table& table, Where& where) {
        const auto& relation = *where.relation;
        const auto keys = keys_of(*table.model, relation);
        if (!keys) co_return Error{Errc::bad_request, "The relation " + relation.name + " cannot be queried"};
        MT_CO_TRY(auto list, co_await keys_where(session, *relation.target, where.children[0], keys->there));
        if (relation.kind == RelationKind::has_many_through) {
            const auto between = Where::both(Where::among(keys->through_there, std::move(list)), where.children[1]);
            MT_CO_TRY(list, co_await keys_where(session, *relation.through, between, keys->through_here));
        }
        where = Where::among(keys->here, std::move(list));
        co_return Status{};
    }

    asio::awaitable<Result<Value>> keys_where(Session& session, const Model& model, const Where& where,
                                              std::size_t property) {
        MT_CO_TRY(const auto* table, known(model));
        auto list = json::array();
        Visit visit = [&](Record&& record) {
            if (!record.values[property].is_null()) list.push_back(std::move(record.values[property]));
            return list.size() <= k_related_max;
        };
        MT_CO_CHECK(co_await walk(session, *table, where, std::move(visit), false));
        if (list.size() > k_related_max)
            co_return Error{Errc::bad_request, "The where clause matches too many related instances"};
        co_return list;
    }

    /// An UPDATE or DELETE on the rows that satisfy the Where. `merged`: changes with undeclared properties that the server
    /// cannot merge with those that are there.
    asio::awaitable<Result<std::uint64_t>> change(const Table& table, const Where& where, Query query,
                                                  const Record* merged = nullptr) {
        ++statements_;
        MT_CO_TRY(const auto session, co_await acquire());
        if (!merged && is_exact(table, where)) {
            say_.add_where(query, table, where);
            co_return co_await tell(*session, table, std::move(query));
        }
        Query begin{"BEGIN", {}};
        MT_CO_CHECK(co_await tell(*session, table, std::move(begin)));
        Result<std::uint64_t> rows{0};
        if (merged) rows = co_await merge_found(*session, table, where, *merged);
        else rows = co_await change_found(*session, table, where, query);
        if (session->is_broken()) co_return rows;
        Query end{rows.ok() ? "COMMIT" : "ROLLBACK", {}};
        const auto ended = co_await tell(*session, table, std::move(end));
        if (rows.ok() && !ended.ok()) co_return ended.error();
        co_return rows;
    }

    asio::awaitable<Result<std::uint64_t>> change_found(Session& session, const Table& table, const Where& where,
                                                        const Query& query) {
        std::vector<Value> ids;
        Visit visit = [&](Record&& record) {
            ids.push_back(std::move(record.values[table.model->id_index]));
            return true;
        };
        MT_CO_CHECK(co_await walk(session, table, where, std::move(visit), true));
        for (std::size_t from = 0; from < ids.size(); from += k_piece_rows) {
            const auto rest = std::span{ids}.subspan(from);
            const auto some = rest.first(std::min(rest.size(), k_piece_rows));
            auto piece = query;
            say_.add_ids(piece, table, some);
            MT_CO_CHECK(co_await tell(session, table, std::move(piece)));
        }
        co_return std::uint64_t{ids.size()};
    }

    asio::awaitable<Result<std::uint64_t>> merge_found(Session& session, const Table& table, const Where& where,
                                                       const Record& changes) {
        const auto id = table.model->id_index;
        std::vector<Record> rows;
        Visit visit = [&](Record&& record) {
            auto& row = rows.emplace_back(changes);
            row.values[id] = std::move(record.values[id]);
            if (record.extra.is_object()) row.extra.insert(record.extra.begin(), record.extra.end());
            return true;
        };
        MT_CO_CHECK(co_await walk(session, table, where, std::move(visit), true));
        for (const auto& row : rows) {
            auto query = say_.update(table, row, false);
            say_.add_ids(query, table, std::span{&row.values[id], 1});
            MT_CO_CHECK(co_await tell(session, table, std::move(query)));
        }
        co_return std::uint64_t{rows.size()};
    }

    asio::any_io_executor executor_;
    const Settings settings_;
    std::unique_ptr<Engine> engine_;
    Tables tables_;
    const sql::TableOf table_of_ =
        [this](const Model& model) -> const Table& { return tables_.find(model.name)->second; };
    const Statements say_{engine_->dialect(), table_of_};
    std::uint64_t statements_ = 0;
    Pool pool_;  // last: its sessions end before what they use
};

}  // namespace

std::unique_ptr<Connector> make_connector(const asio::any_io_executor& executor, Settings settings,
                                          std::unique_ptr<Engine> engine) {
    return std::make_unique<ServerConnector>(executor, std::move(settings), std::move(engine));
}

}  // namespace mt::app::server
