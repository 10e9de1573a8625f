#include "tenant-app/query/merge_filter.hpp"
#include "tenant-app/query/parse_filter.hpp"
#include "tenant-app/rest/operations/handlers.hpp"

// Operations below one instance: /Customers/1/orders. `call.model` holds the relation, `call.subject()` is what it leads to.
namespace mt::app::rest {

Answering related_find(Call& call) {
    MT_CO_TRY(const auto filter, parse_related_filter(call.service.registry, *call.relation, call.filter));
    // A hasMany through answers in another order where the client gave no filter.
    const bool ties_order = call.filter.is_null() && call.relation->kind == RelationKind::has_many_through;
    MT_CO_TRY(const auto found, co_await call.service.repository.related(call.model, call.id, *call.relation, ties_order ? nullptr : &filter));
    co_return many(call.subject(), found, &filter);
}

Answering related_get_one(Call& call) {
    // A filter is no argument of this method in LoopBack, and ignored. A key that leads nowhere is null, no key at all is {}.
    MT_CO_TRY(const auto found, co_await call.service.repository.related(call.model, call.id, *call.relation, nullptr));
    if (found.empty()) co_return Outcome{"null"};
    const auto& instance = found.front();
    co_return one(instance.model ? *instance.model : call.subject(), instance);
}

Answering related_find_by_id(Call& call) {
    MT_CO_TRY(const auto found, co_await call.service.repository.related_find_by_id(call.model, call.id, *call.relation, call.fk));
    co_return one(call.subject(), found);
}

Answering related_count(Call& call) {
    const auto& relation = *call.relation;
    const bool scoped = relation.scope && relation.scope->contains("where") && relation.kind != RelationKind::has_many_through;
    const json both = scoped ? merge_where(call.where, (*relation.scope)["where"]) : call.where;
    MT_CO_TRY(const auto where, parse_where(call.service.registry, call.subject(), both));
    MT_CO_TRY(const auto number, co_await call.service.repository.related_count(call.model, call.id, *call.relation, where));
    co_return counted(number);
}

Answering related_create(Call& call) {
    const bool list = call.data.is_array();
    if (!list && !call.data.is_object()) co_return not_an_object();
    MT_CO_TRY(const auto made,
              co_await call.repository->related_create(call.model, call.id, *call.relation, std::move(call.data)));
    if (list) co_return many(call.subject(), made);
    if (made.empty()) co_return Error{Errc::failed, "related_create answered no instance for one"};
    co_return one(call.subject(), made.front());
}

Answering related_update_by_id(Call& call) {
    if (!call.data.is_object()) co_return not_an_object();
    MT_CO_TRY(const auto made, co_await call.repository->related_update_by_id(call.model, call.id, *call.relation, call.fk,
                                                                                      std::move(call.data)));
    if (made.empty()) co_return Outcome{"null"};
    co_return one(call.subject(), made.front());
}

Answering related_destroy_by_id(Call& call) {
    MT_CO_CHECK(co_await call.repository->related_destroy_by_id(call.model, call.id, *call.relation, call.fk));
    co_return nothing();
}

Answering related_destroy_all(Call& call) {
    // LoopBack's method takes no `where`: what the query says is not looked at.
    const Where all;
    MT_CO_CHECK(co_await call.repository->related_destroy_all(call.model, call.id, *call.relation, all));
    co_return nothing();
}

Answering related_link(Call& call) {
    const bool through = call.relation->kind == RelationKind::has_many_through;
    if (through && !call.data.is_object()) co_return not_an_object();
    MT_CO_TRY(const auto made, co_await call.repository->link(call.model, call.id, *call.relation, call.fk, std::move(call.data)));
    if (made.empty()) co_return Outcome{"null"};
    co_return one(through ? *call.relation->through : call.subject(), made.front());
}

Answering related_unlink(Call& call) {
    MT_CO_CHECK(co_await call.repository->unlink(call.model, call.id, *call.relation, call.fk));
    co_return nothing();
}

Answering related_linked(Call& call) {
    MT_CO_TRY(const bool found, co_await call.service.repository.linked(call.model, call.id, *call.relation, call.fk));
    if (!found) co_return unknown_id(call.model, call.id);
    co_return Outcome{"true"};
}

}  // namespace mt::app::rest
