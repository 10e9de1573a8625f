#include "tenant-app/connectors/factories.hpp"

namespace mt::app {

namespace {

class Transient final : public Connector {
public:
    Status migrate(const std::vector<const Model*>&) override { return {}; }
    asio::awaitable<Result<std::vector<Record>>> find(const Model&, const Filter&) override { co_return std::vector<Record>{}; }
    asio::awaitable<Result<std::uint64_t>> count(const Model&, const Where&) override { co_return std::uint64_t{0}; }
    asio::awaitable<Result<Value>> create(const Model& model, const Record& record) override {
        if (model.id_index >= record.values.size() || is_undefined(record.values[model.id_index])) co_return Value{++last_id_};
        co_return Value{record.values[model.id_index]};
    }
    asio::awaitable<Result<std::uint64_t>> update(const Model&, const Where&, const Record&) override { co_return std::uint64_t{0}; }
    asio::awaitable<Result<bool>> replace(const Model&, const Value&, const Record&) override { co_return false; }
    asio::awaitable<Result<std::uint64_t>> destroy(const Model&, const Where&) override { co_return std::uint64_t{0}; }
    std::uint64_t statements() const override { return 0; }

private:
    std::uint64_t last_id_ = 0;
};

}  // namespace

Result<std::unique_ptr<Connector>> make_transient(const asio::any_io_executor&, const std::filesystem::path&, const Datasource&) {
    return std::unique_ptr<Connector>{std::make_unique<Transient>()};
}

}  // namespace mt::app
