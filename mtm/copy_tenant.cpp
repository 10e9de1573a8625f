#include "mtm/copy_tenant.hpp"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/next_step.hpp"
#include "mtm/edit_json.hpp"
#include "mtm/folder_files.hpp"
#include "mtm/scaffold.hpp"
#include "mtm/stream_job.hpp"

namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

Status copy_content(const FolderFile& file, const fs::path& target) {
    const Fd copy{::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file.mode)};
    if (!copy) return errno_error("create", target.native());
    for (auto left = file.bytes; left > 0;) {
        const auto put = ::sendfile(copy.get(), file.fd.get(), nullptr, std::min<std::uint64_t>(left, 1u << 30));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return errno_error("write", target.native());
        if (put == 0) break;  // it has become shorter
        left -= static_cast<std::uint64_t>(put);
    }
    return {};
}

Status copy_one_database(const TenantId& id, const fs::path& folder, const std::string& display,
                         const fs::path& database, const fs::path& target) {
    std::error_code error;
    fs::create_directories(target.parent_path(), error);
    if (error) return Error{Errc::failed, "create " + target.parent_path().native() + ": " + error.message()};
    const Fd copy{::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (!copy) return errno_error("create", target.native());
    MT_TRY(auto job, StreamJob::with_output(id, folder, display, {"copy-out", database.native()}, copy));
    MT_TRY(const auto printed, job.finish());
    struct stat info {};
    if (::fstat(copy.get(), &info) != 0) return errno_error("stat", target.native());
    if (info.st_size == 0) fs::remove(target, error);  // there is none before the first write
    return {};
}

}  // namespace

Status sync_tree(const fs::path& folder) {
    const Fd fd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd || ::syncfs(fd.get()) != 0) return errno_error("sync", folder.native());
    return {};
}

Status copy_tenant(const TenantId& from, const fs::path& folder, const std::string& display, const fs::path& target,
                   bool data) {
    MT_TRY(auto databases, databases_of(folder));
    const FilesWanted wanted{data, databases};
    const auto copy = [&](FolderFile& file) { return copy_content(file, target / file.path); };
    const auto make = [&](const fs::path& path) -> Status {
        if (::mkdir((target / path).c_str(), 0755) != 0) return errno_error("create", (target / path).native());
        return {};
    };
    MT_CHECK(for_each_tenant_file(folder, wanted, copy, make));
    if (data)
        for (const auto& database : databases)
            MT_CHECK(copy_one_database(from, folder, display, database, target / database));
    return sync_tree(target);
}

Status make_own(const fs::path& folder, const std::string& display) {
    MT_TRY(auto object, read_optional_object(folder / "tenant.json", display + "/tenant.json"));
    for (const auto* key : {"hosts", "state", "reason", "until", "protected"}) object.root.erase(key);
    MT_TRY(object.root["key"], fresh_key());
    return write_object(object);
}

}  // namespace mt::mtm
