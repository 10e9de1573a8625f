#include "mtm/edit_json.hpp"

#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "base/files.hpp"

namespace mt::mtm {

namespace {

Result<JsonObject> parse_object(JsonFile file) {
    MT_TRY(auto root, parse_config(file));
    if (!root.is_object()) return file.error_at("", "expected an object, found " + std::string{root.type_name()});
    return JsonObject{std::move(file), std::move(root)};
}

}  // namespace

Result<JsonObject> read_object(const std::filesystem::path& path, std::string display) {
    MT_TRY(auto file, read_json_file(path, std::move(display)));
    return parse_object(std::move(file));
}

Result<JsonObject> read_optional_object(const std::filesystem::path& path, std::string display) {
    auto file = read_json_file(path, display);
    const bool missing = !file.ok() && file.error().code() == Errc::not_found;
    if (missing || (file.ok() && file->text.find_first_not_of(" \t\r\n") == std::string::npos))
        return JsonObject{JsonFile{path, "{}", std::move(display)}, ordered_json::object()};
    if (!file.ok()) return std::move(file).error();
    return parse_object(*std::move(file));
}

std::string pretty(const ordered_json& value) {
    return value.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

Status write_object(const JsonObject& object) {
    struct stat info {};
    const unsigned mode = ::stat(object.file.path.c_str(), &info) == 0 ? info.st_mode & 0777 : 0644;
    return write_file(object.file.path, pretty(object.root), mode);
}

}  // namespace mt::mtm
