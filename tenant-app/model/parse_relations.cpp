// LoopBack sets a relation up when the last of the models it ties is attached, that model's own relations first. The order shows
// in the order of foreign keys and in the name of a made up through model, so it is kept.
#include <algorithm>
#include <array>
#include <list>
#include <tuple>

#include "tenant-app/model/nearest.hpp"
#include "tenant-app/model/pluralize.hpp"
#include "tenant-app/model/relation_parts.hpp"

namespace mt::app {

namespace {

struct Kind {
    std::string_view name;
    RelationKind kind;
    bool habtm = false;
};
constexpr std::array k_kinds = {
    Kind{"hasMany", RelationKind::has_many},       Kind{"belongsTo", RelationKind::belongs_to},
    Kind{"hasOne", RelationKind::has_one},         Kind{"hasAndBelongsToMany", RelationKind::has_many_through, true},
    Kind{"embedsOne", RelationKind::embeds_one},   Kind{"embedsMany", RelationKind::embeds_many},
    Kind{"referencesMany", RelationKind::references_many},
};
/// Accepted by LoopBack's "options" and not acted upon here.
constexpr std::array k_unsupported_options = {"embedsProperties", "invertProperties", "belongsTo"};

std::string lower(std::string text) {
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return text;
}

const Kind* find_kind(const std::string& type) {
    const auto it = std::find_if(k_kinds.begin(), k_kinds.end(), [&](const Kind& k) { return lower(std::string{k.name}) == lower(type); });
    return it == k_kinds.end() ? nullptr : &*it;
}

bool given(const ordered_json& value, const char* key) {
    const auto it = value.find(key);
    return it != value.end() && !it->is_null() && *it != "" && *it != false;
}

Status parse_common(const RelationSource& from, Relation& relation, std::vector<std::string>& warnings) {
    relation.path = relation.name;
    if (const auto scope = from.value.find("scope"); scope != from.value.end() && !scope->is_null()) {
        if (!scope->is_object()) return from.error("/scope", "a relation's \"scope\" is a filter, an object");
        relation.scope = std::make_shared<const json>(*scope);
    }
    if (const auto copied = from.value.find("properties"); copied != from.value.end()) {
        for (const auto& [key, name] : copied->items()) {
            if (name.is_string()) relation.properties.emplace_back(copied->is_array() ? name.get<std::string>() : key, name.get<std::string>());
        }
    }
    relation.disable_include = from.option("disableInclude");
    relation.nest_remoting = from.option("nestRemoting");
    const auto options = from.value.find("options");
    if (options == from.value.end() || !options->is_object()) return {};
    if (options->contains("http") && (*options)["http"].is_object() && (*options)["http"].contains("path")) {
        const auto& path = (*options)["http"]["path"];
        if (path.is_string() && !path.get_ref<const std::string&>().empty()) relation.path = path.get<std::string>();
        while (relation.path.size() > 1 && relation.path.starts_with('/')) relation.path.erase(0, 1);
    }
    for (const char* key : k_unsupported_options) {
        if (given(*options, key)) warnings.push_back(warning_line(from.source.file, from.pointer + "/options/" + key, "not supported"));
    }
    return {};
}

/// The keys of hasMany, hasOne and belongsTo, where they are not polymorphic.
Status parse_keys(const RelationSource& from, Model& holder, Model& target, Relation& relation) {
    relation.foreign_key = from.text("foreignKey");
    const bool belongs = relation.kind == RelationKind::belongs_to;
    if (relation.foreign_key.empty()) relation.foreign_key = (belongs ? relation.name : camelize_lower(holder.name)) + "Id";
    if (belongs) add_foreign_key(holder, relation.foreign_key, target, relation.primary_key);
    else add_foreign_key(target, relation.foreign_key, holder, relation.primary_key);
    return {};
}

Status polymorphic_belongs_to(const RelationSource& from, Model& holder, Relation& relation) {
    MT_CHECK(parse_polymorphic(from, relation));
    relation.primary_key = from.text("primaryKey");
    if (relation.primary_key.empty()) relation.primary_key = from.text("idName");
    if (relation.primary_key.empty()) relation.primary_key = "id";
    const auto& value = from.value["polymorphic"];
    if (value.is_object() && given(value, "idType")) {
        if (!value["idType"].is_string()) return from.error("/polymorphic/idType", "\"idType\" is the name of a type");
        const auto type = lower(value["idType"].get<std::string>());
        add_property(holder, relation.foreign_key, type == "number" ? Type::number : type == "string" ? Type::string : Type::any);
    } else {
        const bool has_id = holder.id_index < holder.properties.size();
        add_foreign_key(holder, relation.foreign_key, holder, has_id ? holder.id().name : std::string{});
    }
    add_property(holder, relation.discriminator, Type::string);
    return {};
}

/// One relation, set up between models that are all there.
class Setup {
public:
    Setup(Models& models, std::vector<std::string>& warnings) : models_(models), warnings_(warnings) {}

    Status add(Model& holder, const std::string& name, const RelationSource& from) {
        if (!from.value.is_object()) return from.error("", "a relation is an object with \"type\" and \"model\"");
        const auto type = from.text("type");
        const auto* kind = find_kind(type);
        if (!kind) {
            std::vector<std::string> known;
            for (const auto& row : k_kinds) known.emplace_back(row.name);
            return from.error("/type", "unknown relation type \"" + type + "\"").hint(known_hint(type, known));
        }
        Relation relation;
        relation.name = name;
        relation.kind = kind->kind;
        MT_CHECK(parse_common(from, relation, warnings_));
        if (relation.kind == RelationKind::belongs_to && given(from.value, "polymorphic")) {
            MT_CHECK(polymorphic_belongs_to(from, holder, relation));
            return store(holder, std::move(relation));
        }
        relation.target_name = from.text("model");
        if (relation.target_name.empty()) return from.error("", "the relation does not say its \"model\"");
        Model* target = find_model(models_, relation.target_name);
        if (!target) {
            // LoopBack's own models name each other; a tenant need not have them all.
            if (from.source.builtin) return {};
            return from.error("/model", "relation to an unknown model \"" + relation.target_name + "\"")
                .hint(known_hint(relation.target_name, names()));
        }
        relation.target_name = target->name;
        return tie(from, holder, *target, std::move(relation), kind->habtm);
    }

private:
    Status tie(const RelationSource& from, Model& holder, Model& target, Relation relation, bool habtm) {
        if (relation.embeds()) {
            if (target.builtin == BuiltIn::user || target.builtin == BuiltIn::access_token) {
                return from.error("/model", "users and access tokens cannot be embedded: what is secret of them would be stored as it is");
            }
            MT_CHECK(parse_embeds(from, holder, target, relation));
            return store(holder, std::move(relation));
        }
        const bool stored = target.persisted && (holder.persisted || relation.keyed_here());
        if (!stored) {
            warnings_.push_back(warning_line(from.source.file, from.pointer, "a relation between models that are not persisted is not supported yet"));
            return {};
        }
        if (relation.kind == RelationKind::references_many) {
            MT_CHECK(parse_references(from, holder, target, relation));
            return store(holder, std::move(relation));
        }
        relation.primary_key = from.text("primaryKey");
        const Model& key_holder = relation.kind == RelationKind::belongs_to ? target : holder;
        if (relation.primary_key.empty()) relation.primary_key = key_holder.id().name;
        if (!has_property(key_holder, relation.primary_key)) {
            return from.error("/primaryKey", key_holder.name + " has no property \"" + relation.primary_key + "\"");
        }
        if (habtm || (relation.kind == RelationKind::has_many && given(from.value, "through"))) {
            return tie_through(from, holder, target, std::move(relation), habtm);
        }
        if (given(from.value, "polymorphic")) {
            MT_CHECK(parse_polymorphic(from, relation));
            add_property(target, relation.discriminator, Type::string);
            add_foreign_key(target, relation.foreign_key, holder, relation.primary_key);
        } else {
            MT_CHECK(parse_keys(from, holder, target, relation));
        }
        return store(holder, std::move(relation));
    }

    Status tie_through(const RelationSource& from, Model& holder, Model& target, Relation relation, bool habtm) {
        relation.kind = RelationKind::has_many_through;
        if (given(from.value, "polymorphic")) {
            MT_CHECK(parse_polymorphic(from, relation));
            // Inverted, the through model names the target by key and type, and the holder by an ordinary key.
            if (given(from.value, "invert")) {
                relation.inverted = true;
                relation.through_key = std::exchange(relation.foreign_key, from.text("foreignKey"));
            }
        } else {
            relation.foreign_key = from.text("foreignKey");
        }
        if (const auto key = from.text("keyThrough"); !key.empty()) relation.through_key = key;
        if (habtm) {
            MT_CHECK(parse_habtm(from, holder, target, relation, models_));
        } else {
            const auto name = from.text("through");
            const auto* through = find_model(models_, name);
            if (!through) return from.error("/through", "unknown model \"" + name + "\"").hint(known_hint(name, names()));
            if (!through->persisted) return from.error("/through", "\"" + name + "\" is not stored: it cannot tie two models");
            relation.through_name = through->name;
        }
        return store(holder, std::move(relation));
    }

    static Status store(Model& holder, Relation relation) {
        holder.relations.push_back(std::move(relation));
        return {};
    }

    std::vector<std::string> names() const {
        std::vector<std::string> out;
        for (const auto& model : models_) out.push_back(model->name);
        return out;
    }

    Models& models_;
    std::vector<std::string>& warnings_;
};

struct Pending {
    Model* holder;
    std::string name;
    RelationSource from;
    std::size_t own;         ///< the holder's position
    std::size_t waits_for;   ///< that of the last model it ties
};

std::size_t position(const Models& models, const std::string& name) {
    for (std::size_t i = 0; i < models.size(); ++i) {
        if (lower(models[i]->name) == lower(name)) return i;
    }
    return 0;
}

/// All relations of a model, its bases' first; one of the same name replaces an inherited one.
Status collect(const Models& models, std::size_t own, const ModelSources& sources, std::vector<Pending>& out) {
    std::list<Pending> found;
    const auto line = lineage(models[own]->name, sources);
    for (auto source = line.rbegin(); source != line.rend(); ++source) {
        const auto relations = (*source)->root.find("relations");
        if (relations == (*source)->root.end() || relations->is_null()) continue;
        if (!relations->is_object()) return (*source)->file.error_at("/relations", "\"relations\" is an object");
        for (const auto& [name, value] : relations->items()) {
            std::erase_if(found, [&, &key = name](const Pending& other) { return other.name == key; });
            if (value.is_null() || value == false) continue;
            RelationSource from{**source, "/relations/" + pointer_escape(name), value};
            const bool object = value.is_object();
            const auto last = std::max({own, object ? position(models, from.text("model")) : 0, object ? position(models, from.text("through")) : 0});
            found.push_back({models[own].get(), name, std::move(from), own, last});
        }
    }
    for (auto& one : found) out.push_back(std::move(one));
    return {};
}

}  // namespace

Status parse_relations(Models& models, const ModelSources& sources, std::vector<std::string>& warnings) {
    std::vector<Pending> all;
    for (std::size_t i = 0; i < models.size(); ++i) MT_CHECK(collect(models, i, sources, all));
    std::vector<const Pending*> ordered;
    for (const auto& pending : all) ordered.push_back(&pending);
    std::stable_sort(ordered.begin(), ordered.end(), [](const Pending* a, const Pending* b) {
        return std::tuple(a->waits_for, a->own != a->waits_for) < std::tuple(b->waits_for, b->own != b->waits_for);
    });
    Setup setup{models, warnings};
    for (const auto* pending : ordered) MT_CHECK(setup.add(*pending->holder, pending->name, pending->from));
    for (std::size_t i = 0; i < models.size(); ++i) {
        for (auto& relation : models[i]->relations) {
            if (relation.kind == RelationKind::has_many_through) settle_through(*models[i], relation, models);
        }
        // As they stand in the JSON: the order of LoopBack's API description, and of what is included by default.
        const auto rank = [&](const Relation& r) {
            return std::find_if(all.begin(), all.end(), [&](const Pending& p) { return p.own == i && p.name == r.name; }) - all.begin();
        };
        std::stable_sort(models[i]->relations.begin(), models[i]->relations.end(),
                         [&](const Relation& a, const Relation& b) { return rank(a) < rank(b); });
    }
    return {};
}

std::string RelationSource::text(const char* key) const {
    const auto it = value.find(key);
    return it != value.end() && it->is_string() ? it->get<std::string>() : std::string{};
}

bool RelationSource::option(const char* key) const {
    const auto options = value.find("options");
    return options != value.end() && options->is_object() && given(*options, key);
}

Model* find_model(Models& models, std::string_view name) {
    for (const auto& model : models) {
        if (model->name == name) return model.get();
    }
    for (const auto& model : models) {
        if (lower(model->name) == lower(std::string{name})) return model.get();
    }
    return nullptr;
}

bool has_property(const Model& model, std::string_view name) {
    return std::any_of(model.properties.begin(), model.properties.end(), [&](const Property& p) { return p.name == name; });
}

Property& add_property(Model& model, const std::string& name, Type type) {
    for (auto& property : model.properties) {
        if (property.name == name) return property;
    }
    Property property;
    property.name = property.column = name;
    property.type = type;
    property.injected = property.indexed = true;  // looked for by every relation and include
    model.properties.push_back(std::move(property));
    return model.properties.back();
}

void add_foreign_key(Model& model, const std::string& key, const Model& target, const std::string& target_key) {
    Type type = Type::any;
    for (const auto& other : target.properties) {
        if (other.name == target_key) type = other.type;
    }
    add_property(model, key, type);
}

}  // namespace mt::app
