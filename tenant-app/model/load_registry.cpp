// A tenant's folder becomes a Registry in four steps: data sources, the sources of all models (files by their "name", then
// LoopBack's own), the models that model-config.json names, and last the relations, which need all models to be there.
#include "tenant-app/model/load_registry.hpp"

#include <algorithm>
#include <map>

#include "base/files.hpp"
#include "base/js_scaffold.hpp"
#include "base/layered_file.hpp"
#include "tenant-app/model/builtin_models.hpp"
#include "tenant-app/model/nearest.hpp"
#include "tenant-app/model/object_ids.hpp"
#include "tenant-app/model/parse_model.hpp"
#include "tenant-app/model/shared_methods.hpp"

namespace mt::app {

namespace {

namespace fs = std::filesystem;

/// A missing file is an empty object.
Result<LayeredFile> read_config(const fs::path& folder, const std::string& stem, std::vector<std::string>& warnings) {
    MT_TRY(auto file, read_layers(folder, stem, warnings));
    if (file) return *std::move(file);
    return LayeredFile{{JsonFile{folder / (stem + ".json"), "{}", stem + ".json"}}, ordered_json::object()};
}

Result<ordered_json> parse_object(const JsonFile& file) {
    MT_TRY(auto root, parse_config(file));
    if (!root.is_object()) return file.error_at("", "the file must hold a JSON object");
    return root;
}

Status load_datasources(const fs::path& folder, const std::vector<std::string>& connectors, Registry& registry,
                        std::vector<std::string>& warnings) {
    MT_TRY(const auto file, read_config(folder, "datasources", warnings));
    for (const auto& [name, value] : file.root.items()) {
        const auto pointer = "/" + pointer_escape(name);
        if (!value.is_object()) return file.error_at(pointer, "a data source is an object with a \"connector\"");
        const auto connector = value.find("connector");
        if (connector == value.end() || !connector->is_string()) {
            return file.error_at(pointer, "the data source does not say its \"connector\"").hint(known_hint("", connectors));
        }
        auto text = connector->get<std::string>();
        if (text.starts_with("loopback-connector-")) text.erase(0, std::string_view{"loopback-connector-"}.size());
        if (text == "mail") text = "transient";  // what is stored there is kept nowhere; the outbox is App's affair
        if (std::find(connectors.begin(), connectors.end(), text) == connectors.end()) {
            return file.error_at(pointer + "/connector", "unknown connector \"" + text + "\"").hint(known_hint(text, connectors));
        }
        registry.datasources.push_back({name, text, std::make_shared<const ordered_json>(value)});
    }
    return {};
}

/// The folders of `_meta.sources` that lie in the tenant's own folder.
Result<std::vector<std::string>> source_folders(const LayeredFile& file) {
    const auto& config = file.root;
    const auto meta = config.find("_meta");
    if (meta == config.end() || !meta->is_object() || !meta->contains("sources")) return std::vector<std::string>{"models"};
    std::vector<std::string> folders;
    if (!(*meta)["sources"].is_array()) return file.error_at("/_meta/sources", "\"sources\" is a list of folders");
    for (const auto& source : (*meta)["sources"]) {
        if (!source.is_string()) return file.error_at("/_meta/sources", "\"sources\" is a list of folders");
        const auto path = fs::path{source.get<std::string>()}.lexically_normal();
        if (path.is_absolute() || path.native().starts_with("..")) {
            return file.error_at("/_meta/sources", "\"" + path.native() + "\" is outside the tenant's folder");
        }
        auto text = path.native();
        while (text.ends_with('/')) text.pop_back();
        // loopback/common/models and the like are packages of Node; what they hold is built in.
        if (!text.starts_with("loopback/")) folders.push_back(std::move(text));
    }
    return folders;
}

/// What LoopBack's generators write does nothing that is not built in.
void warn_of_code(const fs::path& path, const std::string& display, std::vector<std::string>& warnings) {
    std::error_code ignored;
    if (fs::is_regular_file(path, ignored))
        if (const auto text = read_file(path, 1u << 20); text.ok() && recognise_script(*text) != Script::code) return;
    warnings.push_back(display + ": code is not run");
}

void warn_of_boot_scripts(const fs::path& folder, std::vector<std::string>& warnings) {
    std::error_code failure;
    std::vector<fs::path> paths;
    for (fs::directory_iterator it{folder / "boot", failure}, end; !failure && it != end; it.increment(failure))
        if (it->path().extension() == ".js") paths.push_back(it->path());
    std::sort(paths.begin(), paths.end());
    for (const auto& path : paths) warn_of_code(path, "boot/" + path.filename().native(), warnings);
}

Status read_models(const fs::path& folder, const std::string& name, ModelSources& sources, std::vector<std::string>& warnings) {
    std::error_code failure;
    std::vector<fs::path> paths;
    for (fs::directory_iterator it{folder / name, failure}, end; !failure && it != end; it.increment(failure)) {
        paths.push_back(it->path());
    }
    std::sort(paths.begin(), paths.end());
    for (const auto& path : paths) {
        const auto display = name + "/" + path.filename().native();
        if (path.extension() == ".js") warn_of_code(path, display, warnings);
        if (path.extension() != ".json") continue;
        MT_TRY(auto file, read_json_file(path, display));
        MT_TRY(auto root, parse_object(file));
        auto model = path.stem().native();
        if (const auto it = root.find("name"); it != root.end()) {
            if (!it->is_string()) return file.error_at("/name", "\"name\" is the name of the model");
            model = it->get<std::string>();
        }
        if (const auto other = sources.find(model); other != sources.end()) {
            return file.error_at("/name", "model \"" + model + "\" is described by " + other->second.file.display + " too");
        }
        sources.emplace(model, ModelSource{std::move(file), std::move(root)});
    }
    return {};
}

/// LoopBack's own models, where the tenant has none of that name.
Status add_builtin_models(ModelSources& sources) {
    for (const auto name : builtin_model_names()) {
        if (sources.find(std::string{name}) != sources.end()) continue;
        JsonFile file{{}, std::string{builtin_model(name)}, "built-in " + std::string{name}};
        MT_TRY(auto root, parse_config(file));
        sources.emplace(std::string{name}, ModelSource{std::move(file), std::move(root), true});
    }
    return {};
}

/// The data source of a model-config.json entry; null means none.
Result<const Datasource*> datasource_of(const LayeredFile& file, const std::string& pointer, const ordered_json& entry,
                                        const Registry& registry) {
    const auto source = entry.find("dataSource");
    if (source == entry.end() || source->is_null() || *source == false) return nullptr;
    if (!source->is_string()) return file.error_at(pointer + "/dataSource", "\"dataSource\" is the name of a data source");
    const auto& text = source->get_ref<const std::string&>();
    std::vector<std::string> known;
    for (const auto& datasource : registry.datasources) {
        if (datasource.name == text) return &datasource;
        known.push_back(datasource.name);
    }
    return file.error_at(pointer + "/dataSource", "unknown data source \"" + text + "\"").hint(known_hint(text, known));
}

void build_index(Model& model, const Registry& registry) {
    for (std::size_t i = 0; i < model.properties.size(); ++i) model.index.emplace(model.properties[i].name, i);
    for (auto& relation : model.relations) {
        relation.target = registry.find(relation.target_name);
        relation.through = registry.find(relation.through_name);
    }
}

/// Of several models on one path the first is reached, as in LoopBack.
void warn_of_shared_paths(const Registry& registry, std::vector<std::string>& warnings) {
    std::map<std::string, const Model*> owners;
    for (const auto& model : registry.models) {
        if (!model->is_public || !model->persisted) continue;
        auto path = model->plural.substr(model->plural.starts_with('/') ? 1 : 0);
        for (char& c : path) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        const auto [owner, is_first] = owners.emplace(std::move(path), model.get());
        if (!is_first)
            warnings.push_back("model-config.json: " + owner->second->name + " and " + model->name + " are both served at /" +
                               owner->first + ", where " + owner->second->name + " answers (give one another \"plural\")");
    }
}

}  // namespace

Result<Registry> load_registry(const fs::path& folder, const std::vector<std::string>& connectors,
                               std::vector<std::string>& warnings) {
    Registry registry;
    MT_CHECK(load_datasources(folder, connectors, registry, warnings));
    MT_TRY(const auto file, read_config(folder, "model-config", warnings));
    const auto& config = file.root;
    MT_TRY(const auto folders, source_folders(file));
    MT_TRY(const auto for_all, shared_methods_for_all(folder));
    ModelSources sources;
    for (const auto& name : folders) MT_CHECK(read_models(folder, name, sources, warnings));
    warn_of_boot_scripts(folder, warnings);
    MT_CHECK(add_builtin_models(sources));

    std::vector<std::unique_ptr<Model>> models;
    for (const auto& [name, entry] : config.items()) {
        if (name == "_meta") continue;
        const auto pointer = "/" + pointer_escape(name);
        if (!entry.is_object()) return file.error_at(pointer, "a model's entry is an object with a \"dataSource\"");
        MT_TRY(const auto* datasource, datasource_of(file, pointer, entry, registry));
        if (sources.find(name) == sources.end()) {
            std::vector<std::string> known;
            for (const auto& [other, source] : sources) known.push_back(other);
            return file.error_at(pointer, "there is no model \"" + name + "\" in " + (folders.empty() ? "models" : folders[0]) + "/")
                .hint(known_hint(name, known));
        }
        MT_TRY(auto model, parse_model(name, sources, entry, datasource ? std::string_view{datasource->connector} : "", warnings));
        MT_CHECK(parse_access(lineage(name, sources), file.holder(pointer), entry, model));
        if (datasource) model.datasource = datasource->name;
        else model.persisted = false;
        if (datasource) use_object_ids(*datasource, model);
        model.shared_methods = for_all;
        MT_CHECK(add_shared_methods(sources.find(name)->second, model.shared_methods));
        MT_CHECK(add_shared_methods(file, pointer, entry, model.shared_methods));
        models.push_back(std::make_unique<Model>(std::move(model)));
    }
    MT_CHECK(parse_relations(models, sources, warnings));
    std::vector<Model*> open;
    for (auto& model : models) {
        open.push_back(model.get());
        registry.models.push_back(std::move(model));
    }
    for (auto* model : open) build_index(*model, registry);
    warn_of_shared_paths(registry, warnings);
    return registry;
}

}  // namespace mt::app
