#include "tenant-app/rest/operations/handlers.hpp"
#include "tenant-app/rest/text.hpp"

namespace mt::app::rest {

Outcome one(const Model& model, const Instance& instance, const Filter* filter) {
    Outcome outcome;
    outcome.json.reserve(256);
    append_json(outcome.json, model, instance, filter);
    return outcome;
}

Outcome many(const Model& model, const std::vector<Instance>& instances, const Filter* filter) {
    Outcome outcome;
    outcome.json.reserve(2 + instances.size() * 128);
    outcome.json += '[';
    for (const auto& instance : instances) {
        if (outcome.json.size() > 1) outcome.json += ',';
        append_json(outcome.json, model, instance, filter);
    }
    outcome.json += ']';
    return outcome;
}

Outcome counted(std::uint64_t number) {
    Outcome outcome{"{\"count\":"};
    append_number(outcome.json, number);
    outcome.json += '}';
    return outcome;
}

Outcome nothing() { return {{}, 204}; }

Error unknown_id(const Model& model, std::string_view id) {
    return Error{Errc::not_found, "Unknown \"" + model.name + "\" id \"" + std::string{id} + "\"."}.labelled("MODEL_NOT_FOUND");
}

Error not_an_object() { return Error{Errc::bad_request, "Value is not an object."}; }

}  // namespace mt::app::rest
