#include <algorithm>

#include "base/files.hpp"
#include "base/js_scaffold.hpp"
#include "base/printable.hpp"
#include "mtm/move_in_parts.hpp"

// All folders of `_meta.sources` become models/, where mtm model and the worker look. Of two files for one model the
// later folder's counts, as in loopback-boot.
namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

using Models = std::map<std::string, JsonObject>;  ///< by their names

std::vector<std::string> sources_of(const ordered_json& config) {
    const auto meta = config.find("_meta");
    std::vector<std::string> out;
    if (meta == config.end() || !meta->is_object() || !meta->contains("sources")) return {"./models"};
    const auto& sources = (*meta)["sources"];
    if (!sources.is_array()) return {};
    for (const auto& source : sources)
        if (source.is_string()) out.push_back(source.get<std::string>());
    return out;
}

Status read_folder(const Moving& moving, const fs::path& folder, Models& models) {
    std::vector<fs::path> paths;
    std::error_code error;
    for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error))
        if (at->path().extension() == ".json" && !at->path().filename().native().starts_with("_"))
            paths.push_back(at->path());
    if (error) return Error{Errc::failed, "read " + folder.native() + ": " + error.message()};
    std::sort(paths.begin(), paths.end());
    for (const auto& path : paths) {
        MT_TRY(auto object, moving.project.object(path));
        if (!object) continue;
        object->file.path = path;
        const auto found = object->root.find("name");
        const auto name =
            found != object->root.end() && found->is_string() ? found->get<std::string>() : path.stem().native();
        if (const auto other = models.find(name); other != models.end()) {
            moving.report.note(object->file, "/name", "takes the place of " + other->second.file.display);
            models.erase(other);
        }
        models.emplace(name, *std::move(object));
    }
    return {};
}

/// The model's file and its code, if it is any.
Status write_model(const Moving& moving, const JsonObject& model) {
    auto to = "models/" + model.file.path.filename().native();
    for (int i = 2; moving.report.origins.contains(to); ++i)
        to = "models/" + model.file.path.stem().native() + "-" + std::to_string(i) + ".json";
    MT_CHECK(moving.copy(model.file.path, to));
    MT_TRY(const auto script, moving.project.file(fs::path{model.file.path}.replace_extension(".js")));
    if (!script) return {};
    MT_TRY(const auto text, read_file(*script));
    if (recognise_script(text) == Script::nothing) return {};
    return moving.copy(*script, fs::path{to}.replace_extension(".js").native());
}

/// Leaves out the models that nothing here describes: code or a package made them. True if there were any.
bool drop_unknown(const Moving& moving, const Models& models, JsonObject& config) {
    const auto& built_in = moving.abilities.models;
    std::vector<std::string> unknown;
    for (const auto& member : config.root.items()) {
        const auto& name = member.key();
        if (name == "_meta" || models.contains(name) ||
            std::find(built_in.begin(), built_in.end(), name) != built_in.end())
            continue;
        unknown.push_back(name);
        moving.report.warn(config.file, "/" + pointer_escape(name),
                           "left out: no JSON file describes this model, code or a package makes it");
    }
    for (const auto& name : unknown) config.root.erase(name);
    return !unknown.empty();
}

}  // namespace

Status move_models(const Moving& moving) {
    MT_TRY(auto layers, read_stem(moving, "model-config"));
    const auto sources = layers.empty() ? std::vector<std::string>{"./models"} : sources_of(layers.front().root);
    Models models;
    bool elsewhere = false;
    for (const auto& source : sources) {
        if (fs::path{source}.is_absolute())
            return layers.front().file.error_at("/_meta/sources", in_quotes(source) + " is outside the project");
        const auto path = (moving.project.app() / source).lexically_normal();
        MT_TRY(const auto folder, moving.project.folder(path));
        if (!folder) continue;  // loopback/common/models: a package, built in
        elsewhere = elsewhere || *folder != moving.project.app() / "models";
        MT_CHECK(read_folder(moving, *folder, models));
    }
    for (const auto& [name, model] : models) MT_CHECK(write_model(moving, model));
    for (auto& layer : layers) {
        bool edited = drop_unknown(moving, models, layer);
        if (elsewhere && layer.root.contains("_meta") && layer.root["_meta"].is_object() &&
            layer.root["_meta"].contains("sources")) {
            layer.root["_meta"]["sources"] = {"loopback/common/models", "loopback/server/models", "./models"};
            edited = true;
        }
        const auto name = layer.file.path.filename().native();
        if (edited) MT_CHECK(moving.write(layer, name));
        else MT_CHECK(moving.copy(layer.file.path, name));
    }
    return {};
}

}  // namespace mt::mtm
