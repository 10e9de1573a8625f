#include "tenant-app/query/merge_filter.hpp"
#include "tenant-app/query/parse_filter.hpp"
#include "tenant-app/rest/operations/handlers.hpp"

// A named scope, /Memos/published: its filter counts beside the client's, and what is created in it gets the values it pins down.
namespace mt::app::rest {

namespace {

json where_of(const NamedScope& scope) { return scope.filter->value("where", json{}); }

Result<Where> scoped_where(const Call& call, const json& asked) {
    return parse_where(call.service.registry, call.model, merge_where(where_of(*call.scope), asked));
}

}  // namespace

Answering scope_find(Call& call) {
    const json merged = merge_filter(call.filter, *call.scope->filter);
    MT_CO_TRY(const auto filter, parse_filter(call.service.registry, call.model, merged));
    MT_CO_TRY(const auto found, co_await call.service.repository.find(call.model, filter));
    co_return many(call.model, found, &filter);
}

Answering scope_create(Call& call) {
    const auto values = where_of(*call.scope);
    if (call.data.is_array()) for (auto& item : call.data) set_values(call.model, values, item);
    else set_values(call.model, values, call.data);
    co_return co_await create(call);
}

Answering scope_count(Call& call) {
    MT_CO_TRY(const auto where, scoped_where(call, call.where));
    MT_CO_TRY(const auto number, co_await call.service.repository.count(call.model, where));
    co_return counted(number);
}

Answering scope_destroy_all(Call& call) {
    // LoopBack's method takes no `where`: what the query says is not looked at.
    const json none;
    MT_CO_TRY(const auto where, scoped_where(call, none));
    MT_CO_CHECK(co_await call.repository->destroy_all(call.model, where));
    co_return nothing();
}

}  // namespace mt::app::rest
