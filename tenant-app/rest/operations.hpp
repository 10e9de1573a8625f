#pragma once
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
    const Model& model;                  ///< whose path the request named
    const Relation* relation = nullptr;  ///< for the operations of a relation
    std::string id;                      ///< decoded; empty if the path has none
    std::string fk;                      ///< decoded
    json filter;                         ///< null if absent; checked against `subject()` by the operation
    json where;
    json data;
    std::string_view query = {};         ///< of the URL, not decoded
    const Session* session = nullptr;    ///< null: nobody is logged in
    Repository* repository = nullptr;    ///< that of this request: what it does to a user keeps the request's token

    /// The model that filter, where and data are about.
    const Model& subject() const { return relation ? *relation->target : model; }
};

/// What came out: JSON text, or no content.
struct Outcome {
    std::string json;
    unsigned status = 200;  ///< 204 and 302: `json` is empty
    std::string location = {};  ///< of 302
    std::shared_ptr<Changes::Listener> stream{};  ///< not null: what it hears is the answer
};

using Handler = asio::awaitable<Result<Outcome>> (*)(Call& call);

enum class Target : std::uint8_t { model, has_many, belongs_to, has_one, user };  ///< whose routes a row describes
/// The body; new_instance is without a generated id, or a list; options are a change stream's and not looked at.
enum class Input : std::uint8_t { none, instance, new_instance, options };
enum class Output : std::uint8_t { nothing, instance, list, count, exists, object, stream };

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
};

/// All of them, in the order of LoopBack's API description.
std::span<const Operation> operations();

}  // namespace mt::app::rest
