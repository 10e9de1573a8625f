#pragma once
#include <array>
#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tenant-app/rest/answer.hpp"
#include "tenant-app/rest/service.hpp"

namespace mt::app::rest {

/// One call of an operation, its arguments read from the request. Owned by the coroutine that awaits the operation.
struct Call {
    const Service& service;
    const Model& model;                  ///< whose path the request named
    const Relation* relation = nullptr;  ///< for the operations of a relation
    const NamedScope* scope = nullptr;   ///< for those of a named scope
    std::string id;                      ///< decoded; empty if the path has none
    std::string fk;                      ///< decoded
    json filter;                         ///< null if absent; checked against `subject()` by the operation
    json where;
    json data;

    /// The model that filter, where and data are about.
    /// A polymorphic relation has none, and its operation takes none of them.
    const Model& subject() const { return relation && relation->target ? *relation->target : model; }
};

/// What came out: JSON text, or no content.
struct Outcome {
    std::string json;
    unsigned status = 200;  ///< 204: `json` is empty
};

using Handler = asio::awaitable<Result<Outcome>> (*)(Call& call);

/// Whose routes a row describes: the model's own, those of its named scopes, or those of its relations. `to_many` and `to_one` stand
/// for all kinds of that side, `tied` for hasMany through and referencesMany, of which each has its own way to make a tie.
enum class Target : std::uint8_t { model, scope, to_many, belongs_to, to_one, tied, through, references };
/// The body; new_instance is without a generated id, or a list; tie: of the through model.
enum class Input : std::uint8_t { none, instance, new_instance, tie };
enum class Output : std::uint8_t { nothing, instance, list, count, exists, object, boolean, tie };

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
};

/// Whether a relation of this kind has the routes of a row.
bool applies(Target target, RelationKind kind);

/// All of them, in the order of LoopBack's API description.
std::span<const Operation> operations();

}  // namespace mt::app::rest
