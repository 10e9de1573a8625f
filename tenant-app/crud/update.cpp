#include "tenant-app/crud/draft.hpp"
#include "tenant-app/crud/hooks.hpp"
#include "tenant-app/query/coerce.hpp"
#include "tenant-app/query/js.hpp"
#include "tenant-app/query/operators.hpp"

namespace mt::app {

namespace {

Error id_fixed(const Value& id, const Value& wanted) {
    return Error{Errc::bad_request, "id cannot be updated from " + js::to_text(id) + " to " + js::to_text(wanted) +
                                        " when forceId is set to true"};
}

Error no_such(const char* action, std::string_view id) {
    return Error{Errc::not_found, std::string{"Could not "} + action + ". Object with id " + std::string{id} + " does not exist!"};
}

bool other_id(const Model& model, const Draft& draft, const Value& id) {
    if (!draft.id_given) return false;
    const auto& wanted = draft.record.values[model.id_index];
    return wanted.is_null() || !loosely_equal(wanted, id);
}

}  // namespace

/// Sets what the draft holds on an existing row, and answers the row as it is then.
asio::awaitable<Result<Instance>> Repository::change(const Model& model, Record existing, Draft draft, bool validated) {
    const Value id = existing.values[model.id_index];
    if (other_id(model, draft, id)) co_return id_fixed(id, draft.id_raw);
    draft.record.values[model.id_index] = undefined();
    auto* hooks = hooks_of(model);
    std::vector<Record> before;
    if (hooks) {
        MT_CO_CHECK(co_await hooks->check(model, draft, &existing));
        before.push_back(existing);
    }
    for (std::size_t i = 0; i < existing.values.size(); ++i) {
        if (!is_undefined(draft.record.values[i])) existing.values[i] = draft.record.values[i];
    }
    if (draft.record.extra.is_object()) {
        if (!existing.extra.is_object()) existing.extra = json::object();
        for (const auto& [key, value] : draft.record.extra.items()) existing.extra[key] = value;
    }
    if (validated) MT_CO_CHECK(validate(model, existing, draft, false));
    const auto where = Where::equals(model.id_index, id);
    if (hooks) MT_CO_CHECK(co_await hooks->seal(model, draft.record));
    MT_CO_TRY(const auto count, co_await connector_of_(model).update(model, where, draft.record));
    if (hooks) MT_CO_CHECK(co_await hooks->changed(model, before, draft.record, kept_token_));
    if (count == 0) co_return no_such_holder(js::to_text(id));  // deleted meanwhile
    co_return Instance{std::move(existing)};
}

asio::awaitable<Result<Instance>> Repository::patch_attributes(const Model& model, std::string_view id_text, json data) {
    if (!data.is_object() && !data.is_null()) co_return value_is_no_object();
    MT_CO_TRY(auto rows, co_await row(model, coerce_id(model.id(), id_text)));
    if (rows.empty()) co_return no_such_holder(id_text);
    MT_CO_TRY(auto draft, make_draft(model, data));
    co_return co_await change(model, std::move(rows[0]), std::move(draft), true);
}

/// Replaces the row with this id by the validated draft. False: no such row, or the default scope hides it.
asio::awaitable<Result<bool>> Repository::replace(const Model& model, Value id, Draft& draft) {
    if (!default_where(model).always()) {
        MT_CO_TRY(const auto seen, co_await row(model, id));
        if (seen.empty()) co_return false;
    }
    auto* hooks = hooks_of(model);
    if (!hooks) co_return co_await connector_of_(model).replace(model, id, draft.record);
    const auto where = Where::equals(model.id_index, id);
    MT_CO_TRY(const auto before, co_await hooks->before_change(model, where, draft.record));
    auto stored = draft.record;
    MT_CO_CHECK(co_await hooks->seal(model, stored));
    MT_CO_TRY(const bool found, co_await connector_of_(model).replace(model, id, stored));
    if (found) MT_CO_CHECK(co_await hooks->changed(model, before, stored, kept_token_));
    co_return found;
}

/// The row that a replacement is about, for the hooks; nothing for models without any.
asio::awaitable<Result<std::vector<Record>>> Repository::row_for_hooks(const Model& model, Value id) {
    if (!hooks_of(model)) co_return std::vector<Record>{};
    co_return co_await find_record(connector_of_(model), model, id);
}

asio::awaitable<Result<Instance>> Repository::replace_by_id(const Model& model, std::string_view id_text, json data) {
    MT_CO_TRY(auto draft, make_draft(model, data));
    const auto id = coerce_id(model.id(), id_text);
    if (draft.id_given && (is_undefined(id) || other_id(model, draft, id))) {
        co_return Error{Errc::bad_request, "id property (" + model.id().name + ") cannot be updated from " + std::string{id_text} +
                                               " to " + js::to_text(draft.id_raw)};
    }
    draft.record.values[model.id_index] = undefined();
    apply_defaults(model, draft.record);
    MT_CO_TRY(const auto rows, co_await row_for_hooks(model, id));
    MT_CO_CHECK(co_await check_and_validate(model, draft, rows.empty() ? nullptr : &rows[0], false));
    if (is_undefined(id)) co_return no_such("replace", id_text);
    draft.record.values[model.id_index] = id;
    MT_CO_TRY(const bool found, co_await replace(model, id, draft));
    if (!found) co_return no_such("replace", id_text);
    co_return Instance{std::move(draft.record)};
}

asio::awaitable<Result<Instance>> Repository::patch_or_create(const Model& model, json data) {
    MT_CO_TRY(auto draft, make_draft(model, data));
    if (!draft.id_given) co_return co_await store_new(model, std::move(draft));
    // Where clients choose ids LoopBack validates the data alone, as if it were to be created; else what the row becomes.
    const bool alone = model.validate_upsert && !model.force_id;
    if (alone) MT_CO_CHECK(validate(model, draft.record, draft, false));
    const Value id = draft.record.values[model.id_index];
    MT_CO_TRY(auto rows, co_await row(model, id));
    if (!rows.empty()) co_return co_await change(model, std::move(rows[0]), std::move(draft), model.validate_upsert && !alone);
    if (model.force_id) co_return no_such("update attributes", js::to_text(draft.id_raw));
    co_return co_await store_new(model, std::move(draft));
}

asio::awaitable<Result<Instance>> Repository::replace_or_create(const Model& model, json data) {
    MT_CO_TRY(auto draft, make_draft(model, data));
    if (!draft.id_given) co_return co_await store_new(model, std::move(draft));
    apply_defaults(model, draft.record);
    const Value id = draft.record.values[model.id_index];
    MT_CO_TRY(const auto rows, co_await row_for_hooks(model, id));
    MT_CO_CHECK(co_await check_and_validate(model, draft, rows.empty() ? nullptr : &rows[0], false));
    if (!id.is_null()) {
        MT_CO_TRY(const bool found, co_await replace(model, id, draft));
        if (found) co_return Instance{std::move(draft.record)};
    }
    if (model.force_id) co_return no_such("replace", js::to_text(draft.id_raw));
    co_return co_await store_new(model, std::move(draft));
}

asio::awaitable<Result<Instance>> Repository::upsert_with_where(const Model& model, const Where& where, json data) {
    if (!data.is_object() && !data.is_null()) co_return value_is_no_object();
    if (data.empty()) co_return Error{Errc::bad_request, "data object cannot be empty!"};
    Filter filter;
    filter.where = where;
    filter.limit = 2;
    MT_CO_TRY(auto found, co_await rows(model, std::move(filter)));
    if (found.size() > 1) {
        co_return Error{Errc::bad_request, "There are multiple instances found.Upsert Operation will not be performed!"};
    }
    MT_CO_TRY(auto draft, make_draft(model, data));
    if (found.empty()) co_return co_await store_new(model, std::move(draft));
    co_return co_await change(model, std::move(found[0]), std::move(draft), true);
}

asio::awaitable<Result<std::uint64_t>> Repository::update_all(const Model& model, const Where& where, json data) {
    MT_CO_TRY(auto draft, make_draft(model, data));
    // LoopBack does not validate here; what is no date cannot be stored on any account.
    if (!draft.invalid_dates.empty()) {
        Draft dates{model};
        dates.invalid_dates = draft.invalid_dates;
        Record complete{model};
        for (auto& value : complete.values) value = true;
        MT_CO_CHECK(validate(model, complete, dates, false));
    }
    draft.record.values[model.id_index] = undefined();
    Where resolved = where;
    MT_CO_CHECK(co_await resolve(model, resolved));
    auto* hooks = hooks_of(model);
    if (!hooks) co_return co_await connector_of_(model).update(model, resolved, draft.record);
    MT_CO_TRY(const auto before, co_await hooks->before_change(model, resolved, draft.record));
    MT_CO_CHECK(co_await hooks->seal(model, draft.record));
    MT_CO_TRY(const auto count, co_await connector_of_(model).update(model, resolved, draft.record));
    MT_CO_CHECK(co_await hooks->changed(model, before, draft.record, kept_token_));
    co_return count;
}

}  // namespace mt::app
