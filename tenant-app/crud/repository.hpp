#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
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
        std::shared_ptr<const Filter> own_scope = nullptr;  ///< keeps `scope` where that is nobody else's
    };
    std::vector<Included> included;
    const Model* model = nullptr;  ///< of a polymorphic belongs_to's instance; null: the relation says it

    explicit Instance(Record from) : record(std::move(from)) {}
};

/// Appends the JSON text of an instance: declared properties in the model's order, then undeclared ones, then included
/// relations (an array for hasMany, an object or nothing for belongsTo and hasOne). Undefined properties are left out, hidden
/// ones never come out, protected ones not of what is included. `filter` restricts what comes out; null: everything.
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
    asio::awaitable<Result<std::uint64_t>> destroy_all(const Model& model, const Where& where);
    asio::awaitable<Result<std::uint64_t>> destroy_by_id(const Model& model, std::string_view id_text);

    // Operations below one instance of the holder: /Customers/1/orders. All fail with not_found if the holder is missing.
    // The default scopes of holder and target, and the relation's own scope, count everywhere.
    /// To many: `filter` is parse_related_filter()'s; null if the client gave none, which shows in the order of a has_many_through.
    /// belongs_to and has_one: at most one instance. Nothing (JSON null) for a dangling key; one without any value ({}) for a
    /// belongs_to without a key; not_found for a has_one or embeds_one that is not there. The filter is not looked at, as in LoopBack.
    asio::awaitable<Result<std::vector<Instance>>> related(const Model& holder, std::string_view id_text, const Relation& relation,
                                                           const Filter* filter);
    asio::awaitable<Result<std::uint64_t>> related_count(const Model& holder, std::string_view id_text, const Relation& relation,
                                                         const Where& where);
    asio::awaitable<Result<Instance>> related_find_by_id(const Model& holder, std::string_view id_text, const Relation& relation,
                                                         std::string_view fk_text);
    /// `data` is an object, or for has_many an array. Fails with not_allowed if a has_one has its instance already.
    asio::awaitable<Result<std::vector<Instance>>> related_create(const Model& holder, std::string_view id_text,
                                                                  const Relation& relation, json data);
    /// `fk_text` is not looked at for has_one, here and below: there is but one.
    /// Nothing: there is no such embedded instance, which is no failure in LoopBack. Others fail with not_found.
    asio::awaitable<Result<std::vector<Instance>>> related_update_by_id(const Model& holder, std::string_view id_text,
                                                                        const Relation& relation, std::string_view fk_text, json data);
    asio::awaitable<Status> related_destroy_by_id(const Model& holder, std::string_view id_text, const Relation& relation,
                                                  std::string_view fk_text);
    asio::awaitable<Result<std::uint64_t>> related_destroy_all(const Model& holder, std::string_view id_text, const Relation& relation,
                                                               const Where& where);

    // has_many_through and references_many: the tie itself.
    /// Answers the through model's row, made of `data` unless there is one; or the target (nothing if there is none).
    asio::awaitable<Result<std::vector<Instance>>> link(const Model& holder, std::string_view id_text, const Relation& relation,
                                                        std::string_view fk_text, json data);
    /// Not tied is no failure.
    asio::awaitable<Status> unlink(const Model& holder, std::string_view id_text, const Relation& relation, std::string_view fk_text);
    asio::awaitable<Result<bool>> linked(const Model& holder, std::string_view id_text, const Relation& relation, std::string_view fk_text);

    using Rows = asio::awaitable<Result<std::vector<Record>>>;
    /// Rows as they are stored, without includes, for the worker's own use. The default scope is not added to the filter.
    Rows rows(const Model& model, Filter filter);
    /// The row with this id, in the default scope, or nothing. An undefined id finds nothing.
    Rows row(const Model& model, Value id);
    /// What the model's default scope demands.
    const Where& default_where(const Model& model) const;

private:
    using Instances = asio::awaitable<Result<std::vector<Instance>>>;

    // find.cpp, related_where.cpp: what a connector is asked, with related conditions resolved where it cannot.
    asio::awaitable<Result<std::uint64_t>> rows_count(const Model& model, Where where);
    asio::awaitable<Result<std::uint64_t>> rows_destroy(const Model& model, Where where);
    asio::awaitable<Status> resolve(const Model& model, Where& where);
    asio::awaitable<Status> resolve_related(const Model& model, Where& where);

    // include.cpp
    Instances with_includes(const Model& model, std::vector<Record> rows, const Filter& filter);
    asio::awaitable<Status> load_includes(const Model& model, std::vector<Instance*> instances, const Filter& filter);
    asio::awaitable<Status> load_one(const Model& model, std::vector<Instance*>& instances, const Filter& filter, const Include& include);
    asio::awaitable<Status> load_through(const Model& model, std::vector<Instance*>& instances, const Include& include);
    asio::awaitable<Status> load_polymorphic(const Model& model, std::vector<Instance*>& instances, const Include& include);
    asio::awaitable<Status> load_embedded(const Model& model, std::vector<Instance*>& instances, const Include& include);

    // related.cpp
    Instances belonging(const Model& holder, const Record& row, const Relation& relation);

    // through.cpp
    Result<Filter> ties(const Model& holder, const Record& row, const Relation& relation) const;
    asio::awaitable<Result<bool>> tied(const Model& holder, const Record& row, const Relation& relation, const Value& fk);
    asio::awaitable<Result<Instance>> tie(const Model& holder, const Record& row, const Relation& relation, const Value& fk, json data);
    Instances through_find(const Model& holder, const Record& row, const Relation& relation, const Filter* filter);
    asio::awaitable<Result<std::uint64_t>> through_count(const Model& holder, const Record& row, const Relation& relation, const Where& where);
    asio::awaitable<Result<Record>> through_one(const Model& holder, const Record& row, const Relation& relation, std::string_view fk_text);
    Instances through_create(const Model& holder, const Record& row, const Relation& relation, json data);
    asio::awaitable<Status> through_destroy(const Model& holder, const Record& row, const Relation& relation, std::string_view fk_text);

    // references.cpp
    Instances references_find(const Record& row, const Model& holder, const Relation& relation, Filter filter);
    asio::awaitable<Result<Record>> references_one(const Model& holder, const Record& row, const Relation& relation, std::string_view fk_text);
    Instances references_create(const Model& holder, Record row, const Relation& relation, json data);
    asio::awaitable<Status> references_drop(const Model& holder, Record row, const Relation& relation, const Value& id);
    asio::awaitable<Status> store_value(const Model& holder, const Record& row, std::size_t property, Value value);

    // embedded.cpp
    Instances embedded_find(const Model& holder, const Record& row, const Relation& relation, const Filter* filter);
    Instances embedded_create(const Model& holder, Record row, const Relation& relation, json data);
    Instances embedded_update(const Model& holder, const Record& row, const Relation& relation, std::string_view fk_text, json data);
    asio::awaitable<Status> embedded_destroy(const Model& holder, const Record& row, const Relation& relation, std::string_view fk_text);

    asio::awaitable<Result<Record>> holder_of(const Model& holder, std::string_view id_text);
    asio::awaitable<Result<Record>> related_one(const Model& holder, std::string_view id_text, const Relation& relation,
                                                std::string_view fk_text);
    Hooks* hooks_of(const Model& model) const { return model.builtin == BuiltIn::none ? nullptr : hooks_; }
    asio::awaitable<Status> check_and_validate(const Model& model, Draft& draft, const Record* existing, bool is_new);
    asio::awaitable<Result<std::vector<Record>>> row_for_hooks(const Model& model, Value id);
    asio::awaitable<Result<bool>> replace(const Model& model, Value id, Draft& draft);
    asio::awaitable<Result<Instance>> store_new(const Model& model, Draft draft);
    asio::awaitable<Result<Instance>> change(const Model& model, Record existing, Draft draft, bool validated);

    const Registry& registry_;
    FindConnector connector_of_;
    std::shared_ptr<const std::map<const Model*, Where>> default_wheres_;  ///< of the models that have a default scope; copies share it
    Hooks* hooks_ = nullptr;
    std::string kept_token_;
};

}  // namespace mt::app
