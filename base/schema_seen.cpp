#include "base/schema_seen.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "base/json_file.hpp"

namespace mt {

namespace fs = std::filesystem;

namespace {

constexpr int k_levels_most = 4;
constexpr std::size_t k_seen_bytes_max = 256u << 10;

/// FNV-1a of 64 bits: it tells changes, not enemies.
class Fingerprint {
public:
    void add(std::string_view text) {
        for (const char c : text) number_ = (number_ ^ static_cast<unsigned char>(c)) * 1099511628211u;
        number_ = (number_ ^ 0xff) * 1099511628211u;  // no byte of UTF-8: where one text ends
    }
    std::string text() const {
        std::array<char, 24> out{};
        std::snprintf(out.data(), out.size(), "%016llx", static_cast<unsigned long long>(number_));
        return out.data();
    }

private:
    std::uint64_t number_ = 14695981039346656037u;
};

/// What a tenant's process writes, or what says nothing of models.
bool is_passed_over(const std::string& name, bool top) {
    if (name.starts_with('.') || name == "node_modules") return true;
    if (!top) return false;
    for (const auto* other : {"data", "files", "outbox", "tmp", "tenant.json", "package.json", "package-lock.json"})
        if (name == other) return true;
    return false;
}

Fd open_at(int parent, const std::string& name) {
    return Fd{::openat(parent, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
}

void add_file(Fingerprint& sum, int fd) {
    std::array<char, 32u << 10> bytes;
    ssize_t got = 0;
    while ((got = ::read(fd, bytes.data(), bytes.size())) > 0) sum.add({bytes.data(), static_cast<std::size_t>(got)});
}

void add_folder(Fingerprint& sum, Fd folder, int level) {
    std::vector<std::pair<std::string, bool>> entries;  // and whether it is a folder
    const std::unique_ptr<DIR, int (*)(DIR*)> stream{::fdopendir(folder.get()), ::closedir};
    if (!stream) return;
    const int fd = folder.release();  // the stream's
    while (const dirent* found = ::readdir(stream.get())) {
        std::string name = found->d_name;
        const bool counts = name.ends_with(".json") || name.ends_with(".sql");
        if ((found->d_type != DT_DIR && !counts) || is_passed_over(name, level == 0)) continue;
        entries.emplace_back(std::move(name), found->d_type == DT_DIR);
    }
    std::sort(entries.begin(), entries.end());
    for (const auto& [name, is_folder] : entries) {
        auto entry = open_at(fd, name);
        if (!entry) continue;
        sum.add(name);
        if (!is_folder) add_file(sum, entry.get());
        else if (level < k_levels_most) add_folder(sum, std::move(entry), level + 1);
    }
}

json document_of(const SchemaSeen& seen) {
    return {{"wanted", seen.wanted}, {"database", seen.database}, {"inode", seen.inode}, {"applied", seen.applied},
            {"pending", seen.pending}};
}

}  // namespace

std::string schema_wanted(const fs::path& folder) {
    Fingerprint sum;
    if (Fd top{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)})
        add_folder(sum, std::move(top), 0);
    return sum.text();
}

std::uint64_t inode_of(const fs::path& file) {
    struct stat info {};
    return ::lstat(file.c_str(), &info) == 0 ? info.st_ino : 0;
}

std::optional<SchemaSeen> read_schema_seen(const fs::path& folder) {
    const auto text = read_file(folder / "data" / k_schema_seen_name, k_seen_bytes_max);
    if (!text.ok()) return {};
    try {
        const auto document = json::parse(*text);
        SchemaSeen seen;
        document.at("wanted").get_to(seen.wanted);
        document.at("database").get_to(seen.database);
        document.at("inode").get_to(seen.inode);
        document.at("applied").get_to(seen.applied);
        document.at("pending").get_to(seen.pending);
        return seen;
    } catch (const json::exception&) {
        return {};
    }
}

Status write_schema_seen(const fs::path& folder, const SchemaSeen& seen) {
    if (const auto known = read_schema_seen(folder); known && *known == seen) return {};
    const auto path = folder / "data" / k_schema_seen_name;
    // Not synced: what is lost is found out again.
    const auto temporary = path.native() + "." + std::to_string(::getpid());
    ::unlink(temporary.c_str());
    const Fd file{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640)};
    const auto text = document_of(seen).dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    const bool written = file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (written && std::rename(temporary.c_str(), path.c_str()) == 0) return {};
    auto error = errno_error("write", path.native());
    for (const auto& stale : {temporary, path.native()}) ::unlink(stale.c_str());
    return error;
}

bool still_so(const SchemaSeen& seen, const fs::path& folder) {
    if (seen.wanted != schema_wanted(folder)) return false;
    // A database that comes to be with its first write has what the models want, and no file was applied to it.
    if (seen.inode == 0 && seen.applied.empty() && seen.pending == 0) return true;
    const fs::path database{seen.database};
    return database.is_relative() && seen.inode == inode_of(folder / database);
}

}  // namespace mt
