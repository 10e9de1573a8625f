#include "tenant-app/model/parse_model.hpp"

#include <algorithm>
#include <array>

#include "tenant-app/model/nearest.hpp"
#include "tenant-app/model/pluralize.hpp"

namespace mt::app {

namespace {

constexpr std::array k_known_keys = {
    "name",       "plural",     "base",       "super",      "description", "idInjection", "options",     "properties",
    "validations", "relations", "acls",       "methods",    "scope",       "scopes",      "strict",      "hidden",
    "protected",  "http",       "forceId",    "mixins",     "indexes",     "validateUpsert", "sqlite3",   "mysql",
    "postgresql", "mongodb",    "memory",     "remoting",   "trackChanges", "replaceOnPUT", "ttl",        "maxTTL",
    "$schema",    "_meta",      "caseSensitiveEmail", "emailVerificationRequired", "realmRequired", "excludeBaseProperties",
    "strictObjectIDCoercion", "foreignKeys", "extends", "settings", "persistUndefinedAsNull", "public", "dataSource",
    "saltWorkFactor", "injectOptionsFromRemoteContext", "disableDefaultSort", "defaultIdSort", "allowExtendedOperators",
    "updateOnLoad", "title", "version", "restrictResetPasswordTokenScope", "realmDelimiter", "realm",
    "defaultPermission", "aclErrorStatus", "ownerRelations", "allowEternalTokens", "resetPasswordTokenTTL",
    "rejectPasswordChangesViaPatchOrReplace", "verifyOptions",
};
/// Accepted by LoopBack and not acted upon here: said aloud, never ignored.
constexpr std::array k_unsupported = {"mixins", "methods", "validations"};

bool is_identifier(std::string_view text) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$'; };
    return !text.empty() && text.size() <= 128 && letter(text[0]) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

/// The value of a setting, which LoopBack takes from the top level and from "options"; the nearest of the lineage wins.
const ordered_json* setting(const std::vector<const ModelSource*>& line, const char* key) {
    for (const auto* source : line) {
        if (const auto it = source->root.find(key); it != source->root.end()) return &*it;
        const auto options = source->root.find("options");
        if (options != source->root.end() && options->is_object() && options->contains(key)) return &(*options)[key];
    }
    return nullptr;
}

/// A setting that is not inherited.
const ordered_json* own_setting(const ModelSource& source, const char* key) { return setting({&source}, key); }

void warn(const ModelSource& source, std::vector<std::string>& warnings) {
    if (source.builtin) return;
    for (const auto& [key, value] : source.root.items()) {
        const auto pointer = "/" + pointer_escape(key);
        if (std::find(k_known_keys.begin(), k_known_keys.end(), key) == k_known_keys.end()) {
            warnings.push_back(warning_line(source.file, pointer, "unknown key"));
        } else if (!value.empty() && std::find(k_unsupported.begin(), k_unsupported.end(), key) != k_unsupported.end()) {
            warnings.push_back(warning_line(source.file, pointer, "not supported yet"));
        }
    }
}

Status add_properties(const ModelSource& source, const ModelSources& sources, std::string_view connector, Model& model,
                      std::vector<std::string>& warnings) {
    const auto properties = source.root.find("properties");
    if (properties == source.root.end() || properties->is_null()) return {};
    if (!properties->is_object()) return source.file.error_at("/properties", "\"properties\" is an object");
    for (const auto& [name, value] : properties->items()) {
        const auto pointer = "/properties/" + pointer_escape(name);
        const auto same = std::find_if(model.properties.begin(), model.properties.end(),
                                       [&, &key = name](const Property& p) { return p.name == key; });
        if (value.is_boolean() && !value.get<bool>()) {  // a base's property taken away
            if (same != model.properties.end()) model.properties.erase(same);
            continue;
        }
        if (value.is_null()) continue;
        if (name.empty() || name.size() > 128 || name.find('.') != std::string::npos || name.find('\0') != std::string::npos) {
            return source.file.error_at(pointer, "a property name is 1 to 128 characters without dots");
        }
        MT_TRY(auto property, parse_property(source.file, pointer, name, value, sources, connector, warnings));
        if (same != model.properties.end()) *same = std::move(property);
        else model.properties.push_back(std::move(property));
    }
    return {};
}

Status parse_strict(const std::vector<const ModelSource*>& line, Model& model) {
    const auto* value = setting(line, "strict");
    if (!value || value->is_null() || *value == false) return {};
    if (*value == true || *value == "validate") model.strict = Model::Strict::validate;
    else if (*value == "throw") model.strict = Model::Strict::fail;
    else if (*value == "filter") model.strict = Model::Strict::filter;
    else return line[0]->file.error_at("/strict", "\"strict\" is true, false, \"validate\", \"throw\" or \"filter\"");
    return {};
}

Status parse_table(const std::vector<const ModelSource*>& line, std::string_view connector, Model& model) {
    const std::string key{connector == "sqlite" ? "sqlite3" : connector == "mariadb" ? "mysql" : connector};
    const auto* mapping = setting({line[0]}, key.c_str());
    if (!mapping || mapping->is_null()) return {};
    const auto& file = line[0]->file;
    const auto pointer = (line[0]->root.contains(key) ? "/" : "/options/") + key;
    if (!mapping->is_object()) return file.error_at(pointer, "what a connector is told of a model is an object");
    const auto read = [&](const char* name, std::string& into) -> Status {
        const auto value = mapping->find(name);
        if (value == mapping->end() || value->is_null()) return {};
        if (!value->is_string() || value->get_ref<const std::string&>().empty())
            return file.error_at(pointer + "/" + name, std::string{"\""} + name + "\" is a name");
        into = value->get<std::string>();
        return {};
    };
    for (const char* name : {"table", "tableName", "collection"}) MT_CHECK(read(name, model.table));
    return key == "postgresql" ? read("schema", model.schema) : Status{};
}

/// Finds the id, or adds the one that LoopBack injects.
void settle_id(const std::vector<const ModelSource*>& line, Model& model) {
    const auto* injection = setting(line, "idInjection");
    const bool inject = injection ? *injection != false : model.persisted;
    auto id = std::find_if(model.properties.begin(), model.properties.end(), [](const Property& p) { return p.id; });
    if (id == model.properties.end()) {
        id = std::find_if(model.properties.begin(), model.properties.end(), [](const Property& p) { return p.name == "id"; });
    }
    if (id == model.properties.end() && (inject || model.persisted)) {
        Property property;
        property.name = property.column = "id";
        property.type = Type::number;
        property.generated = property.injected = true;
        model.properties.push_back(std::move(property));
        id = model.properties.end() - 1;
    }
    model.id_index = static_cast<std::size_t>(id - model.properties.begin());
    if (id == model.properties.end()) return;
    // Composite ids are not supported: the first counts, as in LoopBack's REST paths.
    for (auto& property : model.properties) property.id = &property == &*id;
    const auto* force = setting(line, "forceId");
    model.force_id = force && force->is_boolean() ? force->get<bool>() : id->generated;
}

void add_names(const ModelSource& source, const char* key, std::vector<std::string>& out) {
    const auto* list = own_setting(source, key);
    if (!list || !list->is_array()) return;
    for (const auto& property : *list) {
        if (property.is_string()) out.push_back(property.get<std::string>());
    }
}

/// The default scope and the named ones; a base's named scopes are inherited, and its default scope if there is no own one.
Status parse_scopes(const std::vector<const ModelSource*>& line, Model& model, std::vector<std::string>& warnings) {
    if (const auto* scope = setting(line, "scope"); scope && !scope->is_null()) {
        if (!scope->is_object()) return line[0]->file.error_at("/scope", "\"scope\" is a filter, an object");
        model.scope = std::make_shared<const json>(*scope);
    }
    for (auto source = line.rbegin(); source != line.rend(); ++source) {
        const auto* scopes = own_setting(**source, "scopes");
        if (!scopes || scopes->is_null()) continue;
        const auto& file = (*source)->file;
        if (!scopes->is_object()) return file.error_at("/scopes", "\"scopes\" is an object of filters");
        for (const auto& [name, filter] : scopes->items()) {
            const auto pointer = "/scopes/" + pointer_escape(name);
            if (!filter.is_object()) return file.error_at(pointer, "a scope is a filter, an object");
            if (name.empty() || name.find('/') != std::string::npos) return file.error_at(pointer, "a scope's name is a part of its path");
            if (filter.contains("model") && filter["model"] != model.name) {
                warnings.push_back(warning_line(file, pointer + "/model", "a scope of another model is not supported"));
                continue;
            }
            std::erase_if(model.scopes, [&, &key = name](const NamedScope& other) { return other.name == key; });
            model.scopes.push_back({name, std::make_shared<const json>(filter)});
        }
    }
    return {};
}

void parse_names(const ModelSource& own, const ordered_json& config, Model& model) {
    model.plural = pluralize(model.name);
    if (const auto* plural = own_setting(own, "plural"); plural && plural->is_string() && !plural->get<std::string>().empty()) {
        model.plural = plural->get<std::string>();
    }
    if (const auto* http = own_setting(own, "http"); http && http->is_object() && http->contains("path") && (*http)["path"].is_string()) {
        auto path = (*http)["path"].get<std::string>();
        while (path.starts_with('/')) path.erase(0, 1);
        if (!path.empty()) model.plural = path;
    }
    if (const auto* text = own_setting(own, "description"); text && text->is_string()) model.description = text->get<std::string>();
    if (config.contains("public")) model.is_public = config["public"] != false;
}

}  // namespace

std::string warning_line(const JsonFile& file, std::string_view pointer, std::string_view text) {
    return file.display + ":" + std::to_string(line_of(file.text, pointer)) + " " + std::string{pointer} + ": " + std::string{text};
}

std::vector<const ModelSource*> lineage(const std::string& name, const ModelSources& sources) {
    std::vector<const ModelSource*> line;
    std::string next = name;
    while (line.size() < 32) {
        const auto it = sources.find(next);
        if (it == sources.end() || std::find(line.begin(), line.end(), &it->second) != line.end()) break;
        line.push_back(&it->second);
        const auto base = it->second.root.find("base");
        if (base == it->second.root.end() || !base->is_string()) break;
        next = base->get<std::string>();
    }
    return line;
}

Result<Model> parse_model(const std::string& name, const ModelSources& sources, const ordered_json& config,
                          std::string_view connector, std::vector<std::string>& warnings) {
    const auto line = lineage(name, sources);
    const auto& own = *line[0];
    if (!is_identifier(name)) {
        return own.file.error_at("/name", "\"" + name + "\" is no model name")
            .hint("letters, digits, _, $ and -, beginning with a letter");
    }
    Model model;
    model.name = model.table = name;
    // What stands at the end of the lineage decides; LoopBack's default base is PersistedModel.
    const auto& last = *line.back();
    const auto base = last.root.find("base");
    if (base != last.root.end() && !base->is_null()) {
        if (!base->is_string()) return last.file.error_at("/base", "\"base\" is the name of a model");
        const auto& text = base->get_ref<const std::string&>();
        if (text == "Model") model.persisted = false;
        else if (text != "PersistedModel" && text != "KeyValueModel") {
            std::vector<std::string> known{"PersistedModel", "Model"};
            for (const auto& [other, source] : sources) known.push_back(other);
            const bool cycle = sources.find(text) != sources.end();
            return last.file.error_at("/base", cycle ? "\"" + text + "\" is a base of itself" : "unknown base model \"" + text + "\"")
                .hint(known_hint(text, known));
        }
    }
    for (auto source = line.rbegin(); source != line.rend(); ++source) {
        MT_CHECK(add_properties(**source, sources, connector, model, warnings));
        add_names(**source, "hidden", model.hidden);
        add_names(**source, "protected", model.protected_properties);
    }
    // A model's own properties come first in its answers and its description, then those of its bases.
    const auto level = [&](const Property& property) {
        return std::find_if(line.begin(), line.end(), [&](const ModelSource* source) {
            const auto it = source->root.find("properties");
            return it != source->root.end() && it->is_object() && it->contains(property.name);
        });
    };
    std::stable_sort(model.properties.begin(), model.properties.end(),
                     [&](const Property& a, const Property& b) { return level(a) < level(b); });
    warn(own, warnings);
    MT_CHECK(parse_strict(line, model));
    MT_CHECK(parse_table(line, connector, model));
    parse_names(own, config, model);
    settle_id(line, model);
    if (const auto* upsert = setting(line, "validateUpsert"); upsert && upsert->is_boolean()) model.validate_upsert = upsert->get<bool>();
    MT_CHECK(parse_scopes(line, model, warnings));
    return model;
}

}  // namespace mt::app
