#include "mtm/tenant_models.hpp"

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "base/nearest.hpp"
#include "base/next_step.hpp"
#include "base/printable.hpp"
#include "mtm/edit_json.hpp"

namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

std::string text_member(const ordered_json& object, const char* key, std::string otherwise = {}) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

/// What model-config.json says besides models.
bool is_model_key(const std::string& key) { return key != "_meta"; }

/// True when `model` cannot be without `name`: it is built on it or related to it.
std::string dependence(const ordered_json& model, const std::string& name) {
    if (equal_ignoring_case(text_member(model, "base"), name)) return "is built on it";
    const auto relations = model.find("relations");
    if (relations == model.end() || !relations->is_object()) return {};
    for (const auto& [relation, value] : relations->items()) {
        if (!value.is_object()) continue;
        if (equal_ignoring_case(text_member(value, "model"), name) || equal_ignoring_case(text_member(value, "through"), name))
            return "has the relation " + in_quotes(relation) + " to it";
    }
    return {};
}

}  // namespace

namespace {

ordered_json property_json(const Property& property) {
    ordered_json member;
    if (property.array) member["type"] = ordered_json::array({property.type});
    else member["type"] = property.type;
    if (property.required) member["required"] = true;
    return member;
}

ordered_json relation_json(const Relation& relation) {
    ordered_json member;
    member["type"] = relation.type;
    member["model"] = relation.model;
    member["foreignKey"] = relation.foreign_key;
    return member;
}

}  // namespace

ordered_json new_model(const ModelName& name, const Members& members) {
    auto properties = ordered_json::object();
    auto relations = ordered_json::object();
    if (members.properties.empty() && members.relations.empty())
        properties["name"] = property_json({.name = "name", .type = "string", .array = false, .required = true});
    for (const auto& property : members.properties) properties[property.name] = property_json(property);
    for (const auto& relation : members.relations) relations[relation.name] = relation_json(relation);

    ordered_json model;
    model["name"] = name.str();
    model["base"] = "PersistedModel";
    model["idInjection"] = true;
    model["options"] = {{"validateUpsert", true}};
    model["properties"] = std::move(properties);
    model["validations"] = ordered_json::array();
    model["relations"] = std::move(relations);
    model["acls"] = ordered_json::array();
    model["methods"] = ordered_json::object();
    return model;
}

std::string TenantModels::File::name() const { return text_member(root, "name", path.stem().native()); }

Result<TenantModels> TenantModels::read(const fs::path& folder, const std::string& display) {
    TenantModels models;
    models.folder_ = folder;
    models.display_ = display;
    MT_TRY(auto config, read_object(folder / "model-config.json", display + "/model-config.json"));
    models.config_file_ = std::move(config.file);
    models.config_ = std::move(config.root);

    std::vector<fs::path> paths;
    std::error_code error;
    for (fs::directory_iterator at{folder / "models", error}, end; !error && at != end; at.increment(error))
        if (at->path().extension() == ".json" && !at->path().filename().native().starts_with('.')) paths.push_back(at->path());
    if (error && error != std::errc::no_such_file_or_directory)
        return Error{Errc::failed, "read " + display + "/models: " + error.message()};
    std::sort(paths.begin(), paths.end());
    for (const auto& path : paths) {
        auto shown = display + "/models/" + path.filename().native();
        MT_TRY(auto object, read_object(path, shown));
        models.files_.push_back({path, std::move(shown), std::move(object.root)});
    }
    return models;
}

const TenantModels::File* TenantModels::file_of(std::string_view name) const {
    const auto found = std::find_if(files_.begin(), files_.end(),
                                    [&](const File& file) { return equal_ignoring_case(file.name(), name); });
    return found == files_.end() ? nullptr : &*found;
}

std::vector<KnownModel> TenantModels::list() const {
    std::vector<KnownModel> out;
    for (const auto& [name, entry] : config_.items()) {
        if (!is_model_key(name)) continue;
        const auto* file = file_of(name);
        KnownModel model{.name = name, .file = file ? file->path : fs::path{}, .datasource = {}, .is_public = true};
        if (entry.is_object()) {
            model.datasource = text_member(entry, "dataSource");
            const auto shown = entry.find("public");
            model.is_public = shown == entry.end() || !shown->is_boolean() || shown->get<bool>();
        }
        out.push_back(std::move(model));
    }
    return out;
}

Error TenantModels::no_such_model(const ModelName& name) const {
    std::vector<std::string> names;
    for (const auto& model : list()) names.push_back(model.name);
    auto hint = did_you_mean(name.str(), names);
    const auto tenant = fs::path{display_}.filename().native();
    if (hint.empty()) hint = "mtm model list " + tenant + " shows those that there are; mtm model " + tenant + ":" + name.str() + " makes it";
    return Error{Errc::not_found, "there is no model " + in_quotes(name.str())}
        .in_file(display_ + "/model-config.json")
        .hint(std::move(hint));
}

Result<ordered_json> TenantModels::show(const ModelName& name) const {
    if (const auto* file = file_of(name.str())) return file->root;
    for (const auto& [key, entry] : config_.items())
        if (is_model_key(key) && equal_ignoring_case(key, name.str())) return ordered_json{{"name", key}, {"config", entry}};
    return no_such_model(name);
}

Status TenantModels::can_add(const ModelName& name, const ordered_json& model, const std::string& datasource) const {
    for (const auto& [key, entry] : config_.items())
        if (is_model_key(key) && equal_ignoring_case(key, name.str()))
            return Error{Errc::conflict, "there is a model " + in_quotes(key) + " already"}
                .in_file(config_file_.display, line_of(config_file_.text, "/" + pointer_escape(key)), "/" + pointer_escape(key))
                .hint("edit its file in " + display_ + "/models, or take it out with 'mtm model remove'");
    // A file without an entry is either what an interrupted 'mtm model' left, and then the same, or the user's own.
    if (const auto* file = file_of(name.str()); file && file->root != model)
        return Error{Errc::conflict, "the file exists already, and model-config.json does not name it"}
            .in_file(file->display)
            .hint("add " + in_quotes(name.str()) + " to " + config_file_.display + ", or remove the file");
    MT_TRY(const auto datasources, read_object(folder_ / "datasources.json", display_ + "/datasources.json"));
    if (!datasources.root.contains(datasource))
        return datasources.file.error_at("", "there is no datasource " + in_quotes(datasource));
    return {};
}

Status TenantModels::add(const ModelName& name, const ordered_json& model, const std::string& datasource) {
    return add_all({{name, model, true}}, datasource);
}

Status TenantModels::add_all(const std::vector<NewModel>& models, const std::string& datasource) {
    for (const auto& model : models) MT_CHECK(can_add(model.name, model.definition, datasource));
    std::error_code error;
    if (fs::create_directory(folder_ / "models", error)) MT_CHECK(sync_folder(folder_));
    if (error)
        return Error{Errc::failed, "create " + display_ + "/models: " + error.message()}.hint(
            std::string{next_step(error.value())});

    auto config = config_;
    std::vector<fs::path> written;
    Status done;
    for (const auto& [name, definition, is_public] : models) {
        const auto* left = file_of(name.str());
        written.push_back(left ? left->path : folder_ / "models" / (name.str() + ".json"));
        done = write_file(written.back(), pretty(definition));
        if (!done.ok()) break;
        config[name.str()] = {{"dataSource", datasource}, {"public", is_public}};
    }
    if (done.ok()) done = write_object({config_file_, config});
    if (done.ok()) config_ = std::move(config);
    else for (const auto& path : written) ::unlink(path.c_str());
    return done;
}

Status TenantModels::check_relations(const ModelName& itself, const std::vector<Relation>& relations) const {
    for (const auto& relation : relations) {
        const bool known = equal_ignoring_case(relation.model, itself.str()) ||
                           std::any_of(config_.items().begin(), config_.items().end(), [&](const auto& item) {
                               return is_model_key(item.key()) && item.key() == relation.model;
                           });
        MT_TRY(const auto target, ModelName::parse(relation.model));
        if (!known) return no_such_model(target);
    }
    return {};
}

Status TenantModels::extend(const ModelName& name, const Members& members) {
    const auto* file = file_of(name.str());
    if (!file) return no_such_model(name);
    auto root = file->root;
    const auto insert = [&](const char* section, const std::string& key, ordered_json value) -> Status {
        for (const char* other : {"properties", "relations"})
            if (root.contains(other) && root[other].contains(key)) {
                const auto pointer = std::string{"/"} + other + "/" + pointer_escape(key);
                return Error{Errc::conflict, in_quotes(name.str()) + " has " + in_quotes(key) + " already"}
                    .in_file(file->display, line_of(pretty(root), pointer), pointer)
                    .hint("edit " + file->display);
            }
        root[section][key] = std::move(value);
        return {};
    };
    for (const auto& property : members.properties) MT_CHECK(insert("properties", property.name, property_json(property)));
    for (const auto& relation : members.relations) MT_CHECK(insert("relations", relation.name, relation_json(relation)));
    return write_file(file->path, pretty(root));
}

Status TenantModels::can_remove(const ModelName& name) const {
    const bool known = std::any_of(config_.items().begin(), config_.items().end(), [&](const auto& item) {
        return is_model_key(item.key()) && equal_ignoring_case(item.key(), name.str());
    });
    if (!known && !file_of(name.str())) return no_such_model(name);
    for (const auto& file : files_) {
        if (equal_ignoring_case(file.name(), name.str())) continue;
        if (const auto why = dependence(file.root, name.str()); !why.empty())
            return Error{Errc::conflict, in_quotes(name.str()) + " is in use: " + in_quotes(file.name()) + " " + why}
                .in_file(file.display)
                .hint("change " + file.display + " first");
    }
    return {};
}

Status TenantModels::remove(const ModelName& name, const fs::path& trash) {
    MT_CHECK(can_remove(name));
    bool changed = false;
    for (auto at = config_.begin(); at != config_.end();) {
        const bool gone = is_model_key(at.key()) && equal_ignoring_case(at.key(), name.str());
        changed = changed || gone;
        if (gone) at = config_.erase(at);
        else ++at;
    }
    if (changed) MT_CHECK(write_object({config_file_, config_}));
    const auto* file = file_of(name.str());
    return file ? rename_noreplace(file->path, trash) : Status{};
}

}  // namespace mt::mtm
