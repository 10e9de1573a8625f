#pragma once
#include <algorithm>
#include <array>
#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tenant-app/crud/changes.hpp"
#include "tenant-app/rest/answer.hpp"
#include "tenant-app/rest/service.hpp"

namespace mt::app::rest {

/// One call of an operation, its arguments read from the request. Owned by the coroutine that awaits the operation.
struct Call {
    const Service& service;
    const Model& model;                  ///< whose operation it is
    const Relation* relation = nullptr;  ///< for the operations of a relation
    const NamedScope* scope = nullptr;   ///< for those of a named scope
    std::string id;                      ///< decoded; empty if the path has none
    std::string fk;                      ///< decoded
    json filter;                         ///< null if absent; checked against `subject()` by the operation
    json where;
    json data;
    std::string_view query = {};         ///< of the URL, not decoded
    const Session* session = nullptr;    ///< null: nobody is logged in
    Repository* repository = nullptr;    ///< that of this request: what it does to a user keeps the request's token
    const Model* holder = nullptr;       ///< nestRemoting: whose path the request named; null: `model`
    const Relation* via = nullptr;       ///< nestRemoting: leads from the holder to `model`

    /// The model that filter, where and data are about.
    /// A polymorphic relation has none, and its operation takes none of them.
    const Model& subject() const { return relation && relation->target ? *relation->target : model; }
    /// The model whose path the request named, and whose access rules count.
    const Model& asked() const { return holder ? *holder : model; }
};

/// What came out: JSON text, or no content.
struct Outcome {
    std::string json;
    unsigned status = 200;  ///< 204 and 302: `json` is empty
    std::string location = {};  ///< of 302
    std::shared_ptr<Changes::Listener> stream{};  ///< not null: what it hears is the answer
};

using Handler = asio::awaitable<Result<Outcome>> (*)(Call& call);

/// Whose routes a row describes: the model's own, those of its named scopes, or those of its relations. `to_many` and `to_one` stand
/// for all kinds of that side, `tied` for hasMany through and referencesMany, of which each has its own way to make a tie. `user`: of
/// models based on LoopBack's User.
enum class Target : std::uint8_t { model, user, scope, to_many, belongs_to, to_one, tied, through, references };
/// The body; new_instance is without a generated id, or a list; tie: of the through model; options are a change stream's and not
/// looked at.
enum class Input : std::uint8_t { none, instance, new_instance, tie, options };
enum class Output : std::uint8_t { nothing, instance, list, count, exists, object, boolean, tie, stream };

/// One REST operation. The router and the API description read the same rows.
struct Operation {
    Verb verb;
    std::string_view path;  ///< below the model: "/{id}/{relation}/{fk}"
    std::string_view id;    ///< LoopBack's method name: "findById", "prototype.__get__{relation}"
    Target target;
    Input input;
    Output output;
    bool takes_filter, takes_where;
    bool several_paths;     ///< the method has more than one: its operationId then names the path
    Handler handler;
    std::string_view summary;
    std::string_view parameters = {};  ///< of its own, for the description: Swagger's JSON, without the brackets
    bool unlisted = false;             ///< not in the description: another verb of a method that is
    std::ptrdiff_t segments = std::count(path.begin(), path.end(), '/');  ///< of the path; every request asks
};

/// What an operation is about beside its model: nothing, one of its relations or named scopes, or a relation of what a relation with
/// nestRemoting, `via`, leads to.
struct About {
    const Relation* relation = nullptr;
    const NamedScope* scope = nullptr;
    const Relation* via = nullptr;
};

/// LoopBack's name of a method, as access rules and sharedMethods write it: "find", "prototype.__get__orders",
/// "prototype.__get__chapters__notes", "__get__published".
std::string method_name(const Operation& operation, const About& about);

/// Whether a relation of this kind has the routes of a row.
bool applies(Target target, RelationKind kind);

/// All of them, in the order of LoopBack's API description.
std::span<const Operation> operations();

}  // namespace mt::app::rest
