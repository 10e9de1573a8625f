#include "tenant-app/rest/swagger.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "tenant-app/rest/operations.hpp"
#include "tenant-app/rest/shared_methods.hpp"
#include "tenant-app/rest/text.hpp"

// Written as text, without a document in memory: a tenant's description has hundreds of kilobytes and is asked for rarely.
namespace mt::app::rest {

namespace {

std::string_view verb_text(Verb verb) {
    switch (verb) {
        case Verb::get: return "get";
        case Verb::head: return "head";
        case Verb::post: return "post";
        case Verb::put: return "put";
        case Verb::patch: return "patch";
        case Verb::del: return "delete";
        case Verb::options: return "options";
        case Verb::other: return "x-other";
    }
    return "x-other";
}

std::string replaced(std::string_view text, std::string_view what, std::string_view with) {
    std::string out{text};
    for (auto at = out.find(what); at != std::string::npos; at = out.find(what, at + with.size())) out.replace(at, what.size(), with);
    return out;
}

/// Writes one description; collects on the way which definitions it refers to.
class Writer {
public:
    Writer(const Service& service, std::string& out) : service_(service), out_(out) {}

    void paths() {
        bool first = true;
        for (const auto& model : service_.registry.models) {
            if (!model->is_public) continue;
            note(*model, false);
            std::vector<std::string> done;
            // Relations come first, one after the other, then the model's own methods: LoopBack's order.
            for (const auto& relation : model->relations)
                if (relation.target) group(*model, &relation, done, first);
            group(*model, nullptr, done, first);
        }
    }

    void definitions() {
        out_ += "\"x-any\":{\"properties\":{}}";
        for (const auto* model : models_) {
            definition(*model, false);
            if (news_.count(model)) definition(*model, true);
        }
        out_ += ",\"GeoPoint\":{\"properties\":{\"lat\":{\"type\":\"number\"},\"lng\":{\"type\":\"number\"}}}";
    }

private:
    static bool belongs(const Model& model, const Operation& operation, const Relation* relation) {
        if (operation.unlisted) return false;
        switch (operation.target) {
            case Target::model: return !relation;
            case Target::user: return !relation && model.builtin == BuiltIn::user;
            case Target::has_many: return relation && relation->kind == RelationKind::has_many;
            case Target::belongs_to: return relation && relation->kind == RelationKind::belongs_to;
            case Target::has_one: return relation && relation->kind == RelationKind::has_one;
        }
        return false;
    }

    static std::string path_of(const Model& model, const Operation& operation, const Relation* relation) {
        std::string path = (model.plural.starts_with('/') ? "" : "/") + model.plural;
        if (operation.path != "/") path += replaced(operation.path, "{relation}", relation ? relation->name : "");
        return path;
    }

    /// All paths of the model itself or of one relation, each with all its verbs.
    void group(const Model& model, const Relation* relation, std::vector<std::string>& done, bool& first) {
        for (const auto& operation : operations()) {
            if (!belongs(model, operation, relation) || !is_shared(model, operation, relation)) continue;
            const auto path = path_of(model, operation, relation);
            if (std::find(done.begin(), done.end(), path) != done.end()) continue;
            done.push_back(path);
            out_ += first ? "" : ",";
            first = false;
            append_quoted(out_, path);
            out_ += ":{";
            bool first_verb = true;
            for (const auto& same : operations()) {
                if (!belongs(model, same, relation) || path_of(model, same, relation) != path || !is_shared(model, same, relation)) continue;
                out_ += first_verb ? "" : ",";
                first_verb = false;
                write(model, same, relation, path);
            }
            out_ += '}';
        }
    }

    void write(const Model& model, const Operation& operation, const Relation* relation, const std::string& path) {
        const auto& subject = relation ? *relation->target : model;
        const auto relation_name = relation ? std::string_view{relation->name} : std::string_view{};
        auto id = model.name + "." + replaced(operation.id, "{relation}", relation_name);
        if (operation.several_paths) id.append("__").append(verb_text(operation.verb)).append(replaced(path, "/", "_"));

        out_.append("\"").append(verb_text(operation.verb)).append("\":{\"tags\":[");
        append_quoted(out_, model.name);
        out_ += "],\"summary\":";
        append_quoted(out_, replaced(replaced(operation.summary, "{relation}", relation_name), "{model}", model.name));
        out_ += ",\"operationId\":";
        append_quoted(out_, id);
        out_ += ",\"parameters\":[";
        parameters(subject, operation);
        out_ += "],\"responses\":{";
        response(subject, operation);
        out_ += "},\"deprecated\":false}";
    }

    void parameters(const Model& subject, const Operation& operation) {
        bool first = true;
        const auto next = [&] { out_ += std::exchange(first, false) ? "" : ","; };
        const auto plain = [&](std::string_view name, std::string_view in, std::string_view text) {
            next();
            out_.append("{\"name\":\"").append(name).append("\",\"in\":\"").append(in).append("\",\"description\":");
            append_quoted(out_, text);
            out_ += in == "path" ? ",\"required\":true" : ",\"required\":false";
            out_ += ",\"type\":\"string\",\"format\":\"JSON\"}";
        };
        if (operation.path.find("{id}") != std::string_view::npos)
            plain("id", "path", operation.target == Target::model || operation.target == Target::user ? "Model id" : "The id of the instance");
        if (operation.path.find("{fk}") != std::string_view::npos) plain("fk", "path", "Foreign key of the related item");
        const bool to_one = operation.target == Target::belongs_to || operation.target == Target::has_one;
        if (to_one && operation.verb == Verb::get)
            next(), out_ += "{\"name\":\"refresh\",\"in\":\"query\",\"required\":false,\"type\":\"boolean\"}";
        if (operation.takes_filter)
            plain("filter", "query", "Filter defining fields, where, include, order, offset, and limit - must be a JSON-encoded string "
                                     "({\"where\":{\"something\":\"value\"}}).  See https://loopback.io/doc/en/lb3/Querying-data.html"
                                     "#using-stringified-json-in-rest-queries for more details.");
        if (operation.takes_where) plain("where", "query", "Criteria to match model instances");
        if (!operation.parameters.empty()) next(), out_ += operation.parameters;
        if (operation.input == Input::none) return;
        if (operation.input == Input::options) {
            plain("options", operation.verb == Verb::post ? "formData" : "query", "Not looked at");
            return;
        }
        next();
        const bool creating = operation.input == Input::new_instance && has_new_definition(subject);
        note(subject, creating);
        out_ += "{\"name\":\"data\",\"in\":\"body\",\"description\":\"Model instance data\",\"required\":false,\"schema\":{";
        reference(subject, creating);
        out_ += "}}";
    }

    void response(const Model& subject, const Operation& operation) {
        if (operation.output == Output::nothing) {
            out_ += "\"204\":{\"description\":\"Request was successful\"}";
            return;
        }
        out_ += "\"200\":{\"description\":\"Request was successful\",\"schema\":{";
        switch (operation.output) {
            case Output::nothing: break;
            case Output::instance: reference(subject, false); break;
            case Output::list:
                out_ += "\"type\":\"array\",\"items\":{";
                reference(subject, false);
                out_ += '}';
                break;
            case Output::count:
                out_ += "\"type\":\"object\",\"properties\":{\"count\":{\"type\":\"number\",\"format\":\"double\"}}";
                break;
            case Output::exists: out_ += "\"type\":\"object\",\"properties\":{\"exists\":{\"type\":\"boolean\"}}"; break;
            case Output::object: out_ += "\"type\":\"object\""; break;
            case Output::stream: out_ += "\"type\":\"file\""; break;
        }
        out_ += "}}";
    }

    void reference(const Model& model, bool creating) {
        note(model, creating);
        out_ += "\"$ref\":";
        append_quoted(out_, "#/definitions/" + std::string{creating ? "$new_" : ""} + model.name);
    }

    void note(const Model& model, bool creating) {
        if (std::find(models_.begin(), models_.end(), &model) == models_.end()) models_.push_back(&model);
        if (creating) news_.insert(&model);
    }

    void definition(const Model& model, bool creating) {
        out_ += ',';
        append_quoted(out_, (creating ? "$new_" : "") + model.name);
        out_ += ':';
        append_definition(out_, model, creating);
    }

    const Service& service_;
    std::string& out_;
    std::vector<const Model*> models_;
    std::set<const Model*> news_;
};

}  // namespace

std::string swagger_text(const Service& service, std::string_view prefix) {
    std::string out = "{\"swagger\":\"2.0\",\"info\":{\"version\":";
    append_quoted(out, service.settings.version);
    out += ",\"title\":";
    append_quoted(out, service.settings.title);
    out += "},\"basePath\":";
    const auto base = std::string{prefix} + service.settings.api_root;
    append_quoted(out, base.empty() ? "/" : base);
    out += ",\"tags\":[";
    bool first = true;
    for (const auto& model : service.registry.models) {
        if (!model->is_public) continue;
        out += std::exchange(first, false) ? "{\"name\":" : ",{\"name\":";
        append_quoted(out, model->name);
        out += '}';
    }
    out += "],\"consumes\":[\"application/json\",\"application/x-www-form-urlencoded\",\"application/xml\",\"text/xml\"],"
           "\"produces\":[\"application/json\",\"application/xml\",\"text/xml\",\"application/javascript\",\"text/javascript\"],"
           "\"paths\":{";
    Writer writer{service, out};
    writer.paths();
    out += "},\"definitions\":{";
    writer.definitions();
    return out += "}}";
}

}  // namespace mt::app::rest
