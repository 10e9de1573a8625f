#include "base/aliases.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/files.hpp"
#include "base/json_file.hpp"
#include "base/units.hpp"

namespace mt {

namespace fs = std::filesystem;

namespace {

std::string text_member(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::optional<Alias> read_alias(const fs::path& file) {
    const auto name = file.stem().native();
    if (file.extension() != ".json" || !TenantId::is_valid(name)) return {};
    const auto text = read_file(file, 64u << 10);
    if (!text.ok()) return {};
    const auto object = parse_json(*text);
    if (!object.ok() || !object->is_object()) return {};
    Alias alias{name, text_member(*object, "key"), text_member(*object, "to"), {}};
    const auto until = parse_time(text_member(*object, "until"));
    if (!until.ok() || alias.key.empty() || !TenantId::is_valid(alias.to)) return {};
    alias.until = *until;
    return alias;
}

}  // namespace

std::vector<Alias> read_aliases(const fs::path& folder) {
    std::vector<Alias> aliases;
    std::error_code error;
    for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error))
        if (auto alias = read_alias(at->path())) aliases.push_back(*std::move(alias));
    std::sort(aliases.begin(), aliases.end(), [](const Alias& a, const Alias& b) { return a.from < b.from; });
    return aliases;
}

Status write_alias(const fs::path& folder, const Alias& alias) {
    if (::mkdir(folder.c_str(), 0700) == 0) MT_CHECK(sync_folder(folder.parent_path()));
    else if (errno != EEXIST) return errno_error("create", folder.native());
    const json object{{"to", alias.to}, {"key", alias.key}, {"until", format_time(alias.until)}};
    return write_file(folder / (alias.from + ".json"), object.dump(2) + "\n");
}

Status remove_alias(const fs::path& folder, const TenantId& from) {
    const auto file = folder / (from.str() + ".json");
    if (::unlink(file.c_str()) == 0) return sync_folder(folder);
    if (errno == ENOENT || errno == ENOTDIR) return {};
    return errno_error("remove", file.native());
}

}  // namespace mt
