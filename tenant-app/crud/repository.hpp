#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tenant-app/data/connector.hpp"

namespace mt::app {

struct Draft;
class Hooks;

/// A record as an operation answers it, with the related ones that were asked for.
struct Instance {
    Record record;
    struct Included {
        const Relation* relation;
        std::vector<Instance> instances;
        const Filter* scope;  ///< borrowed from the Filter given to find(); null: everything comes out
    };
    std::vector<Included> included;

    explicit Instance(Record from) : record(std::move(from)) {}
};

/// Appends the JSON text of an instance: declared properties in the model's order, then undeclared ones, then included
/// relations (an array for hasMany, an object or nothing for belongsTo and hasOne). Undefined properties are left out, hidden
/// ones never come out. `filter` restricts what comes out; null: everything.
void append_json(std::string& out, const Model& model, const Instance& instance, const Filter* filter);

/// LoopBack's operations on models: coercion, defaults, validation, relations and include, over any connector. Lives on the loop
/// thread; registry and connectors outlive it. Beside what is said, each operation fails as the connector does.
/// The messages of errors are LoopBack's, as recorded in tests/conformance/golden.
class Repository {
public:
    using FindConnector = std::function<Connector&(const Model&)>;
    Repository(const Registry& registry, FindConnector connector_of);
    /// `hooks` outlives the repository and its copies; without, LoopBack's own models are models as any.
    void set_hooks(Hooks& hooks) { hooks_ = &hooks; }
    /// A repository for one request: what it changes about a user leaves this token (as it is stored) valid.
    Repository keeping(std::string token) const;

    asio::awaitable<Result<std::vector<Instance>>> find(const Model& model, const Filter& filter);
    /// Nothing found is an empty vector, or one instance. `id_text` is as it stood in the URL, decoded.
    asio::awaitable<Result<std::vector<Instance>>> find_by_id(const Model& model, std::string_view id_text, const Filter& filter);
    asio::awaitable<Result<std::uint64_t>> count(const Model& model, const Where& where);
    asio::awaitable<Result<bool>> exists(const Model& model, std::string_view id_text);

    /// `data` is one object or an array of them (the answer is then an array). An array is not atomic: see LOOPBACK rules in
    /// docs/API.md. Fails with validation, bad_request ("Value is not an object."), conflict. create_many fails with `failed`
    /// if any item does: then details() is LoopBack's list with one entry per item, and the answer is a 500 that shows message
    /// and details (and has neither name nor code).
    asio::awaitable<Result<Instance>> create(const Model& model, json data);
    asio::awaitable<Result<std::vector<Instance>>> create_many(const Model& model, json data);
    /// PUT /{id} and POST /{id}/replace: fails with not_found, validation.
    asio::awaitable<Result<Instance>> replace_by_id(const Model& model, std::string_view id_text, json data);
    /// PATCH /{id}: only what is given changes. Fails with not_found, validation.
    asio::awaitable<Result<Instance>> patch_attributes(const Model& model, std::string_view id_text, json data);
    /// PATCH /: updates the instance with data's id, or creates one. PUT / and POST /replaceOrCreate: replaces or creates.
    asio::awaitable<Result<Instance>> patch_or_create(const Model& model, json data);
    asio::awaitable<Result<Instance>> replace_or_create(const Model& model, json data);
    /// POST /upsertWithWhere: updates the one match, creates if none, fails with bad_request if several.
    asio::awaitable<Result<Instance>> upsert_with_where(const Model& model, const Where& where, json data);
    /// POST /update: answers how many rows changed.
    asio::awaitable<Result<std::uint64_t>> update_all(const Model& model, const Where& where, json data);
    asio::awaitable<Result<std::uint64_t>> destroy_by_id(const Model& model, std::string_view id_text);

    // Operations below one instance of the holder: /Customers/1/orders. All fail with not_found if the holder is missing.
    /// belongs_to and has_one: at most one instance. Nothing (JSON null) for a dangling key; one without any value ({}) for a
    /// belongs_to without a key; not_found for a has_one that is not there. The filter is not looked at, as in LoopBack.
    asio::awaitable<Result<std::vector<Instance>>> related(const Model& holder, std::string_view id_text, const Relation& relation,
                                                           const Filter& filter);
    asio::awaitable<Result<std::uint64_t>> related_count(const Model& holder, std::string_view id_text, const Relation& relation,
                                                         const Where& where);
    asio::awaitable<Result<Instance>> related_find_by_id(const Model& holder, std::string_view id_text, const Relation& relation,
                                                         std::string_view fk_text);
    /// `data` is an object, or for has_many an array. Fails with not_allowed if a has_one has its instance already.
    asio::awaitable<Result<std::vector<Instance>>> related_create(const Model& holder, std::string_view id_text,
                                                                  const Relation& relation, json data);
    /// `fk_text` is not looked at for has_one, here and below: there is but one.
    asio::awaitable<Result<Instance>> related_update_by_id(const Model& holder, std::string_view id_text, const Relation& relation,
                                                           std::string_view fk_text, json data);
    asio::awaitable<Status> related_destroy_by_id(const Model& holder, std::string_view id_text, const Relation& relation,
                                                  std::string_view fk_text);
    asio::awaitable<Result<std::uint64_t>> related_destroy_all(const Model& holder, std::string_view id_text, const Relation& relation,
                                                               const Where& where);

private:
    asio::awaitable<Result<Record>> holder_of(const Model& holder, std::string_view id_text);
    asio::awaitable<Result<Record>> related_one(const Model& holder, std::string_view id_text, const Relation& relation,
                                                std::string_view fk_text);
    Hooks* hooks_of(const Model& model) const { return model.builtin == BuiltIn::none ? nullptr : hooks_; }
    asio::awaitable<Result<std::uint64_t>> destroy(const Model& model, const Where& where);
    asio::awaitable<Status> check_and_validate(const Model& model, Draft& draft, const Record* existing, bool is_new);
    asio::awaitable<Result<std::vector<Record>>> row_for_hooks(const Model& model, Value id);
    asio::awaitable<Result<bool>> replace(const Model& model, Value id, Draft& draft);
    asio::awaitable<Result<Instance>> store_new(const Model& model, Draft draft);
    asio::awaitable<Result<Instance>> change(const Model& model, Record existing, Draft draft, bool validated);

    const Registry& registry_;
    FindConnector connector_of_;
    Hooks* hooks_ = nullptr;
    std::string kept_token_;
};

}  // namespace mt::app
