#include "tenant-app/query/parse_filter.hpp"
#include "tenant-app/rest/operations/handlers.hpp"

namespace mt::app::rest {

namespace {

/// LoopBack asserts that a bulk change names what it changes, and answers 500; the mistake is the client's.
Error where_missing() { return Error{Errc::bad_request, "The where argument must be an object"}; }

}  // namespace

Answering create(Call& call) {
    auto& repository = *call.repository;
    if (call.data.is_array()) {
        MT_CO_TRY(const auto made, co_await repository.create_many(call.model, std::move(call.data)));
        co_return many(call.model, made);
    }
    if (!call.data.is_object()) co_return not_an_object();
    MT_CO_TRY(const auto made, co_await repository.create(call.model, std::move(call.data)));
    co_return one(call.model, made);
}

Answering patch_or_create(Call& call) {
    if (!call.data.is_object()) co_return not_an_object();
    MT_CO_TRY(const auto made, co_await call.repository->patch_or_create(call.model, std::move(call.data)));
    co_return one(call.model, made);
}

Answering replace_or_create(Call& call) {
    if (!call.data.is_object()) co_return not_an_object();
    MT_CO_TRY(const auto made, co_await call.repository->replace_or_create(call.model, std::move(call.data)));
    co_return one(call.model, made);
}

Answering upsert_with_where(Call& call) {
    if (!call.data.is_object()) co_return not_an_object();
    if (call.where.is_null()) co_return where_missing();
    MT_CO_TRY(const auto where, parse_where(call.service.registry, call.model, call.where));
    MT_CO_TRY(const auto made, co_await call.repository->upsert_with_where(call.model, where, std::move(call.data)));
    co_return one(call.model, made);
}

Answering replace_by_id(Call& call) {
    if (!call.data.is_object()) co_return not_an_object();
    MT_CO_TRY(const auto made, co_await call.repository->replace_by_id(call.model, call.id, std::move(call.data)));
    co_return one(call.model, made);
}

Answering patch_attributes(Call& call) {
    if (!call.data.is_object()) co_return not_an_object();
    MT_CO_TRY(const auto made, co_await call.repository->patch_attributes(call.model, call.id, std::move(call.data)));
    co_return one(call.model, made);
}

Answering update_all(Call& call) {
    if (!call.data.is_object()) co_return not_an_object();
    if (call.where.is_null()) co_return where_missing();
    MT_CO_TRY(const auto where, parse_where(call.service.registry, call.model, call.where));
    MT_CO_TRY(const auto number, co_await call.repository->update_all(call.model, where, std::move(call.data)));
    co_return counted(number);
}

Answering delete_by_id(Call& call) {
    MT_CO_TRY(const auto number, co_await call.repository->destroy_by_id(call.model, call.id));
    co_return counted(number);
}

}  // namespace mt::app::rest
