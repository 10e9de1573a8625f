#include "tenant-app/crud/draft.hpp"
#include "tenant-app/query/coerce.hpp"

namespace mt::app {

Repository::Repository(const Registry& registry, FindConnector connector_of)
    : registry_(registry), connector_of_(std::move(connector_of)) {}

Repository Repository::keeping(std::string token) const {
    auto copy = *this;
    copy.kept_token_ = std::move(token);
    return copy;
}

asio::awaitable<Result<std::vector<Record>>> find_record(Connector& connector, const Model& model, const Value& id) {
    if (is_undefined(id) || id.is_null()) co_return std::vector<Record>{};
    Filter filter;
    filter.where = Where::equals(model.id_index, id);
    co_return co_await connector.find(model, filter);
}

asio::awaitable<Result<std::vector<Instance>>> Repository::find(const Model& model, const Filter& filter) {
    MT_CO_TRY(auto rows, co_await connector_of_(model).find(model, filter));
    std::vector<Instance> instances;
    instances.reserve(rows.size());
    for (auto& row : rows) instances.emplace_back(std::move(row));
    if (!filter.include.empty()) {
        std::vector<Instance*> pointers;
        for (auto& instance : instances) pointers.push_back(&instance);
        MT_CO_CHECK(co_await load_includes(connector_of_, model, std::move(pointers), filter));
    }
    co_return instances;
}

asio::awaitable<Result<std::vector<Instance>>> Repository::find_by_id(const Model& model, std::string_view id_text,
                                                                      const Filter& filter) {
    MT_CO_TRY(auto rows, co_await find_record(connector_of_(model), model, coerce_id(model.id(), id_text)));
    std::vector<Instance> instances;
    if (rows.empty()) co_return instances;
    instances.emplace_back(std::move(rows[0]));
    if (!filter.include.empty()) {
        std::vector<Instance*> pointers(1, &instances[0]);
        MT_CO_CHECK(co_await load_includes(connector_of_, model, std::move(pointers), filter));
    }
    co_return instances;
}

asio::awaitable<Result<std::uint64_t>> Repository::count(const Model& model, const Where& where) {
    co_return co_await connector_of_(model).count(model, where);
}

asio::awaitable<Result<bool>> Repository::exists(const Model& model, std::string_view id_text) {
    const auto id = coerce_id(model.id(), id_text);
    if (is_undefined(id)) co_return false;
    const auto where = Where::equals(model.id_index, id);
    MT_CO_TRY(const auto count, co_await connector_of_(model).count(model, where));
    co_return count > 0;
}

}  // namespace mt::app
