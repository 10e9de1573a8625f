#include "gateway/supervisor/revision.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/files.hpp"
#include "base/layered_file.hpp"

namespace mt::gateway {

namespace fs = std::filesystem;

namespace {

/// Hidden names are temporary files of writers, not configuration.
bool is_configuration(std::string_view name) {
    return !name.starts_with(".") && (name.ends_with(".json") || name.ends_with(".js"));
}

/// Calls `each` for the configuration files of `folder`, which is open as `opened`, in the order of their names.
void each_file(const fs::path& folder, const std::function<void(int opened, const std::string& name)>& each) {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream{::opendir(folder.c_str()), ::closedir};
    if (!stream) return;
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(stream.get()))
        if (is_configuration(entry->d_name)) names.emplace_back(entry->d_name);
    std::sort(names.begin(), names.end());
    for (const auto& name : names) each(::dirfd(stream.get()), name);
}

/// FNV-1a: changes by accident only, and nobody gains from a collision in his own folder.
class Hash {
public:
    void add(std::string_view bytes) {
        for (const char c : bytes) value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
        value_ = (value_ ^ bytes.size()) * 0x100000001b3u;
    }
    std::string hex() const {
        std::array<char, 20> text{};
        std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value_));
        return text.data();
    }

private:
    std::uint64_t value_ = 0xcbf29ce484222325u;
};

/// Device, inode and birth: inodes are used again, births are not.
std::string identity(const fs::path& folder) {
    struct statx info {};
    const int found = ::statx(AT_FDCWD, folder.c_str(), AT_SYMLINK_NOFOLLOW, STATX_TYPE | STATX_INO | STATX_BTIME, &info);
    if (found != 0 || !S_ISDIR(info.stx_mode)) return {};
    return std::to_string(info.stx_dev_major) + ":" + std::to_string(info.stx_dev_minor) + ":" + std::to_string(info.stx_ino) + ":" +
           std::to_string(info.stx_btime.tv_sec) + "." + std::to_string(info.stx_btime.tv_nsec);
}

/// `folder` is open, or AT_FDCWD.
std::string file_signature(int folder, const std::string& name) {
    struct stat info {};
    if (::fstatat(folder, name.c_str(), &info, 0) != 0) return {};
    return "|" + name + ":" + std::to_string(info.st_ino) + ":" + std::to_string(info.st_size) + ":" +
           std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec);
}

}  // namespace

std::string folder_signature(const fs::path& folder, const std::vector<fs::path>& more) {
    auto signature = identity(folder);
    if (signature.empty()) return {};
    // From within the folder: it is looked up once, not once per file.
    const auto add = [&](int opened, const std::string& name) { signature += file_signature(opened, name); };
    each_file(folder, add);
    signature += "|models/";
    each_file(folder / "models", add);
    for (const auto& path : more) add(AT_FDCWD, path.native());
    return signature;
}

std::vector<fs::path> files_of(const CommandConfig& command, const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& word : command.words) {
        const auto path = fs::path{word}.lexically_normal();
        std::error_code ignored;
        if (path.is_absolute() || path.native().starts_with("..")) continue;
        if (fs::is_regular_file(folder / path, ignored)) files.push_back(folder / path);
    }
    return files;
}

std::string read_revision(const CommandConfig& command, const fs::path& folder) {
    Hash hash;
    hash.add(identity(folder));
    hash.add(json{{"command", command.words}, {"env", command.environment}, {"listen", command.listen}}.dump(
        -1, ' ', false, json::error_handler_t::replace));
    for (const auto& path : files_of(command, folder)) {
        hash.add(path.native());
        constexpr std::size_t k_read_max = 1u << 20;  // of a large program its size and times tell, too
        const auto content = read_file(path, k_read_max);
        hash.add(content.ok() ? *content : file_signature(AT_FDCWD, path.native()));
    }
    return hash.hex();
}

std::string read_revision(const fs::path& folder) {
    Hash hash;
    hash.add(identity(folder));
    const auto add = [&](const fs::path& path) {
        hash.add(path.filename().native());
        const auto content = read_file(path, 8u << 20);
        // Unreadable is a content of its own: the worker reports it, and a repaired file is a change.
        hash.add(content.ok() ? *content : "unreadable");
    };
    each_file(folder, [&](int, const std::string& name) {
        if (name != "tenant.json") add(folder / name);
    });
    hash.add("models/");
    each_file(folder / "models", [&](int, const std::string& name) { add(folder / "models" / name); });
    return hash.hex();
}

bool has_memory_datasource(const fs::path& folder) {
    // As the worker sees it, which has our NODE_ENV: datasources.local.json may name another connector.
    std::vector<std::string> told_by_worker;
    const auto file = read_layers(folder, "datasources", told_by_worker);
    if (!file.ok() || !*file) return false;
    const auto& root = (*file)->root;
    return std::any_of(root.begin(), root.end(), [](const ordered_json& datasource) {
        return datasource.is_object() && datasource.contains("connector") && datasource["connector"] == "memory";
    });
}

}  // namespace mt::gateway
