#include "mtm/folder_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/layered_file.hpp"
#include "base/schema_seen.hpp"
#include "base/tenant_config.hpp"

namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

constexpr int k_levels_max = 64;

/// A temporary file of write_file() or of a database's copy, left by a killed process.
bool is_leftover(const std::string& name, const std::vector<std::string>& beside) {
    if (!name.starts_with('.')) return false;
    if (name.find(".copy-") != std::string::npos) return true;
    if (name.size() < 9 || name[name.size() - 7] != '.') return false;
    const auto of = name.substr(1, name.size() - 8);
    return std::find(beside.begin(), beside.end(), of) != beside.end();
}

bool is_database(const fs::path& path, const std::vector<fs::path>& databases) {
    for (const auto& database : databases)
        for (const auto* suffix : {"", "-wal", "-shm", "-journal"})
            if (path.native() == database.native() + suffix) return true;
    return false;
}

bool is_data(const std::string& top) { return top == "data" || top == "files"; }

class Walk {
public:
    Walk(const FilesWanted& wanted, const std::function<Status(FolderFile&)>& each,
         const std::function<Status(const fs::path&)>& each_folder)
        : wanted_(wanted), each_(each), each_folder_(each_folder) {}

    Status folder(int fd, const fs::path& path, int levels) {
        if (levels > k_levels_max) return Error{Errc::failed, path.native() + " is nested too deeply"};
        auto names = names_in(fd);
        // Models and data sources are there before what needs them is.
        if (path.empty()) std::stable_partition(names.begin(), names.end(),
            [](const auto& name) { return !is_data(name); });
        for (const auto& name : names) {
            if (path.empty() && (name == "outbox" || name == "tmp")) continue;
            // It speaks of this folder's database, not of a copy.
            if (path == "data" && name.starts_with(k_schema_seen_name)) continue;
            if (is_leftover(name, names) || is_database(path / name, wanted_.databases)) continue;
            MT_CHECK(entry(fd, path / name, name, levels));
        }
        return {};
    }

private:
    static std::vector<std::string> names_in(int fd) {
        std::vector<std::string> names;
        const int copy = ::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const std::unique_ptr<DIR, int (*)(DIR*)> stream{copy < 0 ? nullptr : ::fdopendir(copy), ::closedir};
        while (const dirent* found = stream ? ::readdir(stream.get()) : nullptr)
            if (const std::string_view name = found->d_name; name != "." && name != "..") names.emplace_back(name);
        std::sort(names.begin(), names.end());
        return names;
    }

    Status entry(int parent, const fs::path& path, const std::string& name, int levels) {
        Fd fd{::openat(parent, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
        struct stat info {};
        if (!fd && (errno == ELOOP || errno == ENOENT || errno == ENXIO)) return {};  // a link, gone, a socket
        if (!fd || ::fstat(fd.get(), &info) != 0) return errno_error("read", path.native());
        if (S_ISDIR(info.st_mode)) {
            MT_CHECK(each_folder_(path));
            const bool hollow = !wanted_.data && path.parent_path().empty() && is_data(name);
            return hollow ? Status{} : folder(fd.get(), path, levels + 1);
        }
        if (!S_ISREG(info.st_mode)) return {};
        FolderFile file{path, std::move(fd), static_cast<std::uint64_t>(info.st_size), info.st_mode & 0777u};
        return each_(file);
    }

    const FilesWanted& wanted_;
    const std::function<Status(FolderFile&)>& each_;
    const std::function<Status(const fs::path&)>& each_folder_;
};

}  // namespace

Result<std::vector<fs::path>> databases_of(const fs::path& folder) {
    std::vector<fs::path> databases;
    MT_TRY(const auto config, read_tenant_config(folder / "tenant.json"));
    if (config.upstream || config.is_command()) return databases;
    std::vector<std::string> ignored;
    MT_TRY(const auto file, read_layers(folder, "datasources", ignored));
    if (!file || !file->root.is_object()) return databases;
    for (const auto& [name, settings] : file->root.items()) {
        if (!settings.is_object() || !settings.contains("connector") || !settings["connector"].is_string()) continue;
        if (!settings["connector"].get<std::string>().ends_with("sqlite3") &&
            settings["connector"] != "sqlite") continue;
        const bool named = settings.contains("file") && settings["file"].is_string();
        databases.push_back(fs::path{named ? settings["file"].get<std::string>()
            : "data/db.sqlite3"}.lexically_normal());
    }
    std::sort(databases.begin(), databases.end());
    databases.erase(std::unique(databases.begin(), databases.end()), databases.end());
    return databases;
}

Status for_each_tenant_file(const fs::path& folder, const FilesWanted& wanted,
                            const std::function<Status(FolderFile&)>& each,
                            const std::function<Status(const fs::path&)>& each_folder) {
    const Fd top{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!top) return errno_error("open", folder.native());
    return Walk{wanted, each, each_folder}.folder(top.get(), {}, 0);
}

}  // namespace mt::mtm
