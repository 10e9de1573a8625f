#include "tenant-app/query/parse_filter.hpp"
#include "tenant-app/rest/operations/handlers.hpp"

namespace mt::app::rest {

Answering find(Call& call) {
    MT_CO_TRY(const auto filter, parse_filter(call.service.registry, call.model, call.filter));
    MT_CO_TRY(const auto found, co_await call.service.repository.find(call.model, filter));
    co_return many(call.model, found, &filter);
}

Answering find_one(Call& call) {
    MT_CO_TRY(auto filter, parse_filter(call.service.registry, call.model, call.filter));
    filter.limit = 1;
    MT_CO_TRY(const auto found, co_await call.service.repository.find(call.model, filter));
    // LoopBack fills the message with the id of the path, which findOne has not.
    if (found.empty()) co_return unknown_id(call.model, "undefined");
    co_return one(call.model, found.front(), &filter);
}

Answering find_by_id(Call& call) {
    MT_CO_TRY(const auto filter, parse_filter(call.service.registry, call.model, call.filter));
    MT_CO_TRY(const auto found, co_await call.service.repository.find_by_id(call.model, call.id, filter));
    if (found.empty()) co_return unknown_id(call.model, call.id);
    co_return one(call.model, found.front(), &filter);
}

Answering exists(Call& call) {
    MT_CO_TRY(const bool found, co_await call.service.repository.exists(call.model, call.id));
    co_return Outcome{found ? "{\"exists\":true}" : "{\"exists\":false}"};
}

Answering exists_or_404(Call& call) {
    MT_CO_TRY(const bool found, co_await call.service.repository.exists(call.model, call.id));
    if (!found) co_return unknown_id(call.model, call.id);
    co_return Outcome{"{\"exists\":true}"};
}

Answering count(Call& call) {
    MT_CO_TRY(const auto where, parse_where(call.service.registry, call.model, call.where));
    MT_CO_TRY(const auto number, co_await call.service.repository.count(call.model, where));
    co_return counted(number);
}

}  // namespace mt::app::rest
