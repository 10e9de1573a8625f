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
            for (const auto& relation : model->relations) group(*model, {&relation, nullptr, nullptr}, done, first);
            for (const auto& relation : model->relations) {
                if (!relation.nest_remoting || !relation.target) continue;
                for (const auto& inner : relation.target->relations) group(*model, {&inner, nullptr, &relation}, done, first);
            }
            for (const auto& scope : model->scopes) group(*model, {nullptr, &scope, nullptr}, done, first);
            group(*model, {}, done, first);
        }
    }

    void definitions() {
        out_ += "\"x-any\":{\"properties\":{}}";
        if (any_) out_ += ",\"PersistedModel\":{\"properties\":{\"id\":{\"type\":\"number\",\"format\":\"double\"}},\"additionalProperties\":false}";
        // What is embedded is referred to by its holder's definition, so the list grows while it is gone through.
        for (std::size_t i = 0; i < models_.size(); ++i) {
            const auto* model = models_[i];
            for (const auto& property : model->properties)
                if (property.embedded) note(*property.embedded, false);
            definition(*model, false);
            if (news_.count(model)) definition(*model, true);
        }
        out_ += ",\"GeoPoint\":{\"properties\":{\"lat\":{\"type\":\"number\"},\"lng\":{\"type\":\"number\"}}}";
    }

private:
    static bool belongs(const Model& model, const Operation& operation, const About& about) {
        if (operation.unlisted) return false;
        if (about.scope) return operation.target == Target::scope;
        if (about.relation) return applies(operation.target, about.relation->kind);
        return operation.target == Target::model || (operation.target == Target::user && model.builtin == BuiltIn::user);
    }

    /// What is closed is not described.
    static bool is_described(const Model& model, const Operation& operation, const About& about) {
        if (!belongs(model, operation, about) || !is_shared(model, operation, about)) return false;
        return !about.via || is_shared(*about.via->target, operation, {about.relation});
    }

    static std::string path_of(const Model& model, const Operation& operation, const About& about) {
        std::string path = (model.plural.starts_with('/') ? "" : "/") + model.plural;
        if (operation.path == "/") return path;
        path += replaced(operation.path, "{relation}", about.relation ? about.relation->path : "");
        if (about.via) path = replaced(path, "/{id}/", "/{id}/" + about.via->path + (about.via->to_many() ? "/{nk}/" : "/"));
        return replaced(path, "{scope}", about.scope ? about.scope->name : "");
    }

    /// All paths of the model itself or of one relation, each with all its verbs.
    void group(const Model& model, const About& about, std::vector<std::string>& done, bool& first) {
        for (const auto& operation : operations()) {
            if (!is_described(model, operation, about)) continue;
            const auto path = path_of(model, operation, about);
            if (std::find(done.begin(), done.end(), path) != done.end()) continue;
            done.push_back(path);
            out_ += first ? "" : ",";
            first = false;
            append_quoted(out_, path);
            out_ += ":{";
            bool first_verb = true;
            for (const auto& same : operations()) {
                if (!is_described(model, same, about) || path_of(model, same, about) != path) continue;
                out_ += first_verb ? "" : ",";
                first_verb = false;
                write(model, same, about, path);
            }
            out_ += '}';
        }
    }

    void write(const Model& model, const Operation& operation, const About& about, const std::string& path) {
        const auto* relation = about.relation;
        const auto name = relation ? std::string_view{relation->name} : about.scope ? std::string_view{about.scope->name} : std::string_view{};
        auto id = model.name + "." + method_name(operation, about);
        if (operation.several_paths) id.append("__").append(verb_text(operation.verb)).append(replaced(path, "/", "_"));

        out_.append("\"").append(verb_text(operation.verb)).append("\":{\"tags\":[");
        append_quoted(out_, model.name);
        out_ += "],\"summary\":";
        append_quoted(out_, replaced(replaced(replaced(operation.summary, "{relation}", name), "{scope}", name), "{model}", model.name));
        out_ += ",\"operationId\":";
        append_quoted(out_, id);
        out_ += ",\"parameters\":[";
        parameters(model, about, operation);
        out_ += "],\"responses\":{";
        response(model, relation, operation);
        out_ += "},\"deprecated\":false}";
    }

    static const Model& subject_of(const Model& model, const Relation* relation) {
        return relation && relation->target ? *relation->target : model;
    }

    void parameters(const Model& model, const About& about, const Operation& operation) {
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
            plain("id", "path", operation.target == Target::model || operation.target == Target::user ? "Id of the instance" : "Id of the instance that has the relation");
        if (about.via && about.via->to_many()) plain("nk", "path", "Id of the instance in between");
        if (operation.path.find("{fk}") != std::string_view::npos) plain("fk", "path", "Id of the related instance");
        const bool to_one = operation.target == Target::belongs_to || operation.target == Target::to_one;
        if (to_one && operation.verb == Verb::get)
            next(), out_ += "{\"name\":\"refresh\",\"in\":\"query\",\"required\":false,\"type\":\"boolean\"}";
        if (operation.takes_filter)
            plain("filter", "query", "JSON with any of where, order, limit, skip, fields, include: {\"where\":{\"age\":{\"gt\":30}}}");
        if (operation.takes_where) plain("where", "query", "JSON: which instances, {\"name\":\"Ann\"}");
        if (!operation.parameters.empty()) next(), out_ += operation.parameters;
        if (operation.input == Input::none) return;
        if (operation.input == Input::options) {
            plain("options", operation.verb == Verb::post ? "formData" : "query", "Not looked at");
            return;
        }
        next();
        const auto& subject = operation.input == Input::tie ? *about.relation->through : subject_of(model, about.relation);
        const bool creating = operation.input == Input::new_instance && has_new_definition(subject);
        note(subject, creating);
        out_ += "{\"name\":\"data\",\"in\":\"body\",\"description\":\"Model instance data\",\"required\":false,\"schema\":{";
        reference(subject, creating);
        out_ += "}}";
    }

    void response(const Model& model, const Relation* relation, const Operation& operation) {
        const auto& subject = subject_of(model, relation);
        if (operation.output == Output::nothing) {
            out_ += "\"204\":{\"description\":\"Request was successful\"}";
            return;
        }
        out_ += "\"200\":{\"description\":\"Request was successful\",\"schema\":{";
        switch (operation.output) {
            case Output::nothing: break;
            case Output::instance:
                // What a polymorphic relation leads to, only the row knows.
                if (relation && !relation->target) any_ = true, out_ += "\"$ref\":\"#/definitions/PersistedModel\"";
                else reference(subject, false);
                break;
            case Output::tie: reference(*relation->through, false); break;
            case Output::boolean: out_ += "\"type\":\"boolean\""; break;
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
    bool any_ = false;
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
