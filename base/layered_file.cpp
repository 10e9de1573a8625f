#include "base/layered_file.hpp"

#include <cstdlib>

#include "base/config_variables.hpp"

namespace mt {

namespace {

namespace fs = std::filesystem;

enum class Kind { object, array, plain, nothing };

Kind kind_of(const ordered_json& value) {
    if (value.is_object()) return Kind::object;
    if (value.is_array()) return Kind::array;
    return value.is_null() ? Kind::nothing : Kind::plain;
}

/// loopback-boot's hasCompatibleType: nothing takes anything; an object takes no plain value, nor the other way round.
bool fits(const ordered_json& target, const ordered_json& value) {
    const auto mine = kind_of(target), theirs = kind_of(value);
    if (mine == Kind::nothing || theirs == Kind::nothing) return true;
    return mine == theirs;
}

Status merge(ordered_json& target, const ordered_json& layer, const JsonFile& file, const std::string& pointer) {
    if (!fits(target, layer)) return file.error_at(pointer, "the main file has a value of another type here, the two cannot be merged");
    if (target.is_object() && layer.is_object()) {
        for (const auto& [key, value] : layer.items()) {
            const auto at = pointer + "/" + pointer_escape(key);
            if (target.contains(key)) MT_CHECK(merge(target[key], value, file, at));
            else target[key] = value;
        }
        return {};
    }
    if (target.is_array() && layer.is_array()) {
        if (target.size() != layer.size())
            return file.error_at(pointer, "the main file has an array of another length here, the two cannot be merged");
        for (std::size_t i = 0; i < layer.size(); ++i) MT_CHECK(merge(target[i], layer[i], file, pointer + "/" + std::to_string(i)));
        return {};
    }
    target = layer;
    return {};
}

/// LoopBack lets a layer change the data sources and middleware that the main file has, and add none: of data sources it drops the
/// new ones without a word, which we say; new middleware it refuses.
Status check_known(const ordered_json& main, ordered_json& layer, const JsonFile& file, std::string_view stem,
                   std::vector<std::string>& warnings) {
    std::vector<std::string> unknown;
    for (const auto& [key, value] : layer.items()) {
        const auto pointer = "/" + pointer_escape(key);
        if (main.contains(key) && stem != "middleware") continue;
        if (!main.contains(key)) {
            if (stem == "middleware") return file.error_at(pointer, "the phase \"" + key + "\" is not in middleware.json");
            warnings.push_back(file.display + ":" + std::to_string(line_of(file.text, pointer)) + " " + pointer +
                               ": not in datasources.json, ignored");
            unknown.push_back(key);
            continue;
        }
        if (!value.is_object()) continue;
        for (const auto& [name, entry] : value.items())
            if (!main[key].is_object() || !main[key].contains(name))
                return file.error_at(pointer + "/" + pointer_escape(name), "the middleware \"" + name + "\" is not in middleware.json");
    }
    for (const auto& key : unknown) layer.erase(key);
    return {};
}

Result<ordered_json> parse_layer(const JsonFile& file) {
    MT_TRY(auto root, parse_config(file));
    if (!root.is_object()) return file.error_at("", "the file must hold a JSON object");
    return root;
}

/// A file name's part: what could lead elsewhere is no environment.
std::string environment_name() {
    const char* set = std::getenv("NODE_ENV");
    std::string name = set && *set ? set : "development";
    return name.find('/') == std::string::npos ? name : "";
}

}  // namespace

const JsonFile& LayeredFile::holder(std::string_view pointer) const {
    for (std::size_t i = files.size(); i-- > 1;)
        if (holds(files[i].text, pointer)) return files[i];
    return files.front();
}

Error LayeredFile::error_at(std::string_view pointer, std::string message) const {
    return holder(pointer).error_at(pointer, std::move(message));
}

std::string LayeredFile::warning(std::string_view pointer, std::string_view text) const {
    const auto& file = holder(pointer);
    return file.display + ":" + std::to_string(line_of(file.text, pointer)) + " " + std::string{pointer} + ": " + std::string{text};
}

Result<std::optional<LayeredFile>> read_layers(const fs::path& folder, std::string_view stem, std::vector<std::string>& warnings) {
    LayeredFile out;
    std::vector<std::string> names{std::string{stem} + ".json", std::string{stem} + ".local.json"};
    if (const auto environment = environment_name(); !environment.empty() && environment != "local")
        names.push_back(std::string{stem} + "." + environment + ".json");
    for (const auto& name : names) {
        auto file = read_json_file(folder / name, name);
        if (!file.ok()) {
            if (file.error().code() == Errc::not_found) {
                if (name == names.front()) out.files.clear();
                continue;
            }
            return std::move(file).error();
        }
        if (name != names.front() && out.files.empty()) {
            warnings.push_back(name + ": ignored, for " + names.front() + " is missing");
            continue;
        }
        MT_TRY(auto layer, parse_layer(*file));
        if (out.files.empty()) {
            out.root = std::move(layer);
        } else {
            if (stem == "datasources" || stem == "middleware") MT_CHECK(check_known(out.root, layer, *file, stem, warnings));
            MT_CHECK(merge(out.root, layer, *file, ""));
        }
        out.files.push_back(*std::move(file));
    }
    if (out.files.empty()) return std::optional<LayeredFile>{};
    MT_CHECK(replace_variables(out, folder, stem == "config", warnings));
    return std::optional<LayeredFile>{std::move(out)};
}

}  // namespace mt
