// Everything blocks, so every operation is a job for a thread (Workers); what it needs goes along as copies. Related
// rows are looked up by the repository: a collection knows nothing of others.
#include "tenant-app/connectors/factories.hpp"
#include "tenant-app/connectors/mongodb/collections.hpp"
#include "tenant-app/connectors/mongodb/operations.hpp"
#include "tenant-app/connectors/mongodb/workers.hpp"
#include "tenant-app/model/object_ids.hpp"

namespace mt::app {

namespace mongodb {
namespace {

class MongoDb final : public Connector {
public:
    MongoDb(const asio::any_io_executor& executor, const Library& library, Settings settings, bool counted)
        : library_(library), settings_(std::move(settings)), counted_(counted),
          workers_(executor, library_, settings_) {}

    Status migrate(const std::vector<const Model*>& models) override {
        MT_TRY(auto client, Client::open(library_, settings_));
        MT_TRY(tables_, fit(*client, models, counted_));
        workers_.adopt(std::move(client));
        return {};
    }

    asio::awaitable<Result<std::vector<Record>>> find(const Model& model, const Filter& filter) override {
        MT_CO_TRY(const auto* table, known(model));
        std::function<Result<std::vector<Record>>(Client&)> work = [table, filter](Client& client) {
            return find_rows(client, *table, filter);
        };
        co_return co_await workers_.run(std::move(work));
    }

    asio::awaitable<Result<std::uint64_t>> count(const Model& model, const Where& where) override {
        MT_CO_TRY(const auto* table, known(model));
        std::function<Result<std::uint64_t>(Client&)> work = [table, where](Client& client) {
            return count_rows(client, *table, where);
        };
        co_return co_await workers_.run(std::move(work));
    }

    asio::awaitable<Result<Value>> create(const Model& model, const Record& record) override {
        MT_CO_TRY(const auto* table, known(model));
        std::function<Result<Value>(Client&)> work = [table, record](Client& client) {
            return create_row(client, *table, record);
        };
        co_return co_await workers_.run(std::move(work));
    }

    asio::awaitable<Result<std::uint64_t>> update(const Model& model, const Where& where,
                                                  const Record& changes) override {
        MT_CO_TRY(const auto* table, known(model));
        std::function<Result<std::uint64_t>(Client&)> work = [table, where, changes](Client& client) {
            return update_rows(client, *table, where, changes);
        };
        co_return co_await workers_.run(std::move(work));
    }

    asio::awaitable<Result<bool>> replace(const Model& model, const Value& id, const Record& record) override {
        MT_CO_TRY(const auto* table, known(model));
        std::function<Result<bool>(Client&)> work = [table, id, record](Client& client) {
            return replace_row(client, *table, id, record);
        };
        co_return co_await workers_.run(std::move(work));
    }

    asio::awaitable<Result<std::uint64_t>> destroy(const Model& model, const Where& where) override {
        MT_CO_TRY(const auto* table, known(model));
        std::function<Result<std::uint64_t>(Client&)> work = [table, where](Client& client) {
            return destroy_rows(client, *table, where);
        };
        co_return co_await workers_.run(std::move(work));
    }

    std::uint64_t statements() const override { return statements_; }

private:
    /// The table of a model, for one statement more.
    Result<const Table*> known(const Model& model) {
        ++statements_;
        const auto table = tables_.find(model.name);
        if (table == tables_.end()) return Error{Errc::failed, "database: no collection for " + model.name};
        return &table->second;
    }

    const Library& library_;
    const Settings settings_;
    const bool counted_;
    Tables tables_;
    std::uint64_t statements_ = 0;
    Workers workers_;  // last: its threads end before what they use
};

}  // namespace
}  // namespace mongodb

Result<std::unique_ptr<Connector>> make_mongodb(const asio::any_io_executor& executor,
                                                const std::filesystem::path& folder, const Datasource& datasource) {
    MT_TRY(auto settings, mongodb::read_settings(folder, datasource));
    const auto library = mongodb::Library::load();
    if (!library.ok()) {
        const auto missing = library.error();
        return settings.error(Errc::invalid_config, "connector", missing.message()).hint(missing.place().hint);
    }
    const bool counted = !makes_object_ids(datasource);
    auto made = std::make_unique<mongodb::MongoDb>(executor, **library, std::move(settings), counted);
    return std::unique_ptr<Connector>{std::move(made)};
}

}  // namespace mt::app
