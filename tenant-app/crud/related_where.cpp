// A condition on related rows is a sub-query where the connector can do that; else the related rows are fetched, and the condition
// becomes a list of keys. One query per relation that is spoken of, bounded in rows.
#include "tenant-app/crud/draft.hpp"
#include "tenant-app/model/relation_keys.hpp"

namespace mt::app {

namespace {

constexpr std::uint64_t k_rows_max = 100'000;

Status within_bounds(const std::vector<Record>& rows) {
    if (rows.size() <= k_rows_max) return {};
    return Error{Errc::bad_request, "The where clause matches too many related instances"};
}

}  // namespace

asio::awaitable<Status> Repository::resolve(const Model& model, Where& where) {
    if (!where.has_related()) co_return Status{};
    if (where.kind == Where::Kind::related) co_return co_await resolve_related(model, where);
    for (auto& child : where.children) MT_CO_CHECK(co_await resolve(model, child));
    co_return Status{};
}

asio::awaitable<Status> Repository::resolve_related(const Model& model, Where& where) {
    const auto& relation = *where.relation;
    const auto& target = *relation.target;
    const auto keys = keys_of(model, relation);
    if (!keys) co_return Error{Errc::bad_request, "The relation " + relation.name + " cannot be queried"};
    const bool through = relation.kind == RelationKind::has_many_through;
    MT_CO_CHECK(co_await resolve(target, where.children[0]));
    if (through) MT_CO_CHECK(co_await resolve(*relation.through, where.children[1]));
    const bool together = target.datasource == model.datasource && (!through || relation.through->datasource == model.datasource);
    if (together && connector_of_(model).joins()) co_return Status{};

    Filter query;
    query.limit = k_rows_max + 1;
    query.where = std::move(where.children[0]);
    MT_CO_TRY(auto found, co_await connector_of_(target).find(target, query));
    MT_CO_CHECK(within_bounds(found));
    if (!through) {
        where = Where::among(keys->here, values_at(found, keys->there));
        co_return Status{};
    }
    query.where = Where::both(Where::among(keys->through_there, values_at(found, keys->there)), std::move(where.children[1]));
    MT_CO_TRY(found, co_await connector_of_(*relation.through).find(*relation.through, query));
    MT_CO_CHECK(within_bounds(found));
    where = Where::among(keys->here, values_at(found, keys->through_here));
    co_return Status{};
}

}  // namespace mt::app
