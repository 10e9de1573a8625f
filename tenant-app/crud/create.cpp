#include "tenant-app/crud/draft.hpp"
#include "tenant-app/crud/hooks.hpp"
#include "tenant-app/query/js.hpp"
#include "tenant-app/query/merge_filter.hpp"

namespace mt::app {

namespace {

/// What LoopBack's error handler shows of one item's error.
std::string item_json(const Error& error) {
    int status = 500;
    switch (error.code()) {
        case Errc::validation: status = 422; break;
        case Errc::bad_request:
        case Errc::not_allowed: status = 400; break;
        case Errc::conflict: status = 409; break;
        case Errc::not_found: status = 404; break;
        case Errc::failed:
        case Errc::usage:
        case Errc::invalid_name:
        case Errc::invalid_config:
        case Errc::no_such_tenant:
        case Errc::payload_too_large:
        case Errc::unavailable:
        case Errc::timed_out:
        case Errc::interrupted: break;
    }
    if (status == 500) return R"({"statusCode":500,"message":"Internal Server Error"})";
    std::string out = "{\"statusCode\":" + std::to_string(status) + ",\"name\":\"";
    out += status == 422 && error.label().empty() ? "ValidationError" : "Error";
    out += "\",\"message\":";
    js::append_quoted(out, error.message());
    if (!error.label().empty()) {
        out += ",\"code\":";
        js::append_quoted(out, error.label());
    }
    if (!error.details().empty()) out += ",\"details\":" + error.details();
    return out + "}";
}

}  // namespace

asio::awaitable<Status> Repository::check_and_validate(const Model& model, Draft& draft, const Record* existing, bool is_new) {
    if (auto* hooks = hooks_of(model)) MT_CO_CHECK(co_await hooks->check(model, draft, existing));
    co_return validate(model, draft.record, draft, is_new);
}

asio::awaitable<Result<Instance>> Repository::store_new(const Model& model, Draft draft) {
    apply_defaults(model, draft.record);
    MT_CO_CHECK(co_await check_and_validate(model, draft, nullptr, true));
    if (auto* hooks = hooks_of(model)) {
        auto stored = draft.record;
        MT_CO_CHECK(co_await hooks->seal(model, stored));
        // Hashing a password takes its time, in which another request may have taken the name.
        if (model.builtin == BuiltIn::user) MT_CO_CHECK(co_await check_and_validate(model, draft, nullptr, true));
        MT_CO_TRY(auto id, co_await connector_of_(model).create(model, stored));
        if (model.builtin != BuiltIn::access_token) draft.record.values[model.id_index] = std::move(id);
        co_return Instance{std::move(draft.record)};
    }
    MT_CO_TRY(auto id, co_await connector_of_(model).create(model, draft.record));
    draft.record.values[model.id_index] = std::move(id);
    co_return Instance{std::move(draft.record)};
}

asio::awaitable<Result<Instance>> Repository::create(const Model& model, json data) {
    if (model.scope && data.is_object()) set_values(model, model.scope->value("where", json{}), data);
    MT_CO_TRY(auto draft, make_draft(model, data));
    co_return co_await store_new(model, std::move(draft));
}

asio::awaitable<Result<std::vector<Instance>>> Repository::create_many(const Model& model, json data) {
    std::vector<Instance> instances;
    if (!data.is_array()) {
        MT_CO_TRY(auto one, co_await create(model, std::move(data)));
        instances.push_back(std::move(one));
        co_return instances;
    }
    for (const auto& item : data) {
        if (!item.is_object() && !item.is_null()) co_return value_is_no_object();
    }
    std::string errors;
    std::size_t failed = 0;
    for (std::size_t i = 0; i < data.size(); ++i) {
        auto one = co_await create(model, std::move(data[i]));
        if (one.ok()) {
            instances.push_back(*std::move(one));
            continue;
        }
        // LoopBack's list has holes where items were stored, and ends with the last error.
        while (failed < i) errors += failed++ ? ",null" : "null";
        errors += failed++ ? "," : "";
        errors += item_json(one.error());
    }
    if (!errors.empty()) {
        co_return Error{Errc::failed, "Failed with multiple errors, see `details` for more information."}.with_details("[" + errors + "]");
    }
    co_return instances;
}

}  // namespace mt::app
