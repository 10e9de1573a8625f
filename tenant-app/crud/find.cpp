#include "tenant-app/crud/draft.hpp"
#include "tenant-app/crud/hooks.hpp"
#include "tenant-app/query/coerce.hpp"

namespace mt::app {

Repository::Repository(const Registry& registry, FindConnector connector_of)
    : registry_(registry), connector_of_(std::move(connector_of)) {
    auto wheres = std::make_shared<std::map<const Model*, Where>>();
    for (const auto& model : registry.models) {
        if (!model->scope) continue;
        auto where = parse_where(registry, *model, json{});
        // check_scopes() has refused the tenant before this can happen; should it, nothing is shown rather than everything.
        wheres->emplace(model.get(), where.ok() ? *std::move(where) : Where::nothing());
    }
    default_wheres_ = std::move(wheres);
}

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

const Where& Repository::default_where(const Model& model) const {
    static const Where k_always;
    const auto where = default_wheres_->find(&model);
    return where == default_wheres_->end() ? k_always : where->second;
}

Repository::Rows Repository::rows(const Model& model, Filter filter) {
    if (filter.where.has_related()) MT_CO_CHECK(co_await resolve(model, filter.where));
    co_return co_await connector_of_(model).find(model, filter);
}

asio::awaitable<Result<std::uint64_t>> Repository::rows_count(const Model& model, Where where) {
    if (where.has_related()) MT_CO_CHECK(co_await resolve(model, where));
    co_return co_await connector_of_(model).count(model, where);
}

asio::awaitable<Result<std::uint64_t>> Repository::rows_destroy(const Model& model, Where where) {
    if (where.has_related()) MT_CO_CHECK(co_await resolve(model, where));
    if (auto* hooks = hooks_of(model)) MT_CO_CHECK(co_await hooks->before_destroy(model, where));
    co_return co_await connector_of_(model).destroy(model, where);
}

Repository::Rows Repository::row(const Model& model, Value id) {
    if (is_undefined(id) || id.is_null()) co_return std::vector<Record>{};
    Filter filter;
    filter.where = Where::both(Where::equals(model.id_index, std::move(id)), default_where(model));
    co_return co_await rows(model, std::move(filter));
}

Repository::Instances Repository::find(const Model& model, const Filter& filter) {
    std::vector<Record> found;
    if (filter.where.has_related()) {
        MT_CO_TRY(found, co_await rows(model, filter));
    } else {
        MT_CO_TRY(found, co_await connector_of_(model).find(model, filter));
    }
    if (filter.include.empty()) co_return instances_of(std::move(found));
    co_return co_await with_includes(model, std::move(found), filter);
}

Repository::Instances Repository::find_by_id(const Model& model, std::string_view id_text, const Filter& filter) {
    auto id = coerce_id(model.id(), id_text);
    if (is_undefined(id) || id.is_null()) co_return std::vector<Instance>{};
    Filter query;
    query.where = Where::both(Where::equals(model.id_index, std::move(id)), default_where(model));
    MT_CO_TRY(auto found, co_await rows(model, std::move(query)));
    if (filter.include.empty()) co_return instances_of(std::move(found));
    co_return co_await with_includes(model, std::move(found), filter);
}

asio::awaitable<Result<std::uint64_t>> Repository::count(const Model& model, const Where& where) {
    co_return co_await rows_count(model, where);
}

asio::awaitable<Result<bool>> Repository::exists(const Model& model, std::string_view id_text) {
    auto id = coerce_id(model.id(), id_text);
    if (is_undefined(id)) co_return false;
    auto where = Where::both(Where::equals(model.id_index, std::move(id)), default_where(model));
    MT_CO_TRY(const auto count, co_await rows_count(model, std::move(where)));
    co_return count > 0;
}

}  // namespace mt::app
