#include "tenant-app/connectors/sqlite/publish.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "base/files.hpp"

namespace mt::app::sqlite {

namespace fs = std::filesystem;

namespace {

struct Free {
    void operator()(unsigned char* bytes) const { sqlite3_free(bytes); }
};

bool exists(fs::path file, const char* suffix) {
    std::error_code ignored;
    return fs::exists(file += suffix, ignored);
}

Error failure(const char* what, const fs::path& file) {
    const std::error_code why{errno, std::generic_category()};
    return Error{Errc::failed, std::string{"cannot "} + what + " the database " + file.native() + ": " + why.message()}.in_file(file.native());
}

/// Fills the temporary file `name`, and gives it its name once it is on stable storage.
Status write_new(const std::string& name, const Fd& fd, std::string_view image, const fs::path& file) {
    while (!image.empty()) {
        const auto put = ::write(fd.get(), image.data(), image.size());
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return failure("write", file);
        image.remove_prefix(static_cast<std::size_t>(put));
    }
    if (::fsync(fd.get()) != 0) return failure("sync", file);
    auto placed = rename_noreplace(name, file);
    // Another worker's came first: that one it is.
    if (!placed.ok() && placed.error().code() == Errc::conflict) {
        ::unlink(name.c_str());
        return {};
    }
    return placed;
}

}  // namespace

Status publish(Database& provisional, const fs::path& folder, const fs::path& name) {
    const auto file = folder / name;
    // A journal or WAL without its database is somebody's loss. Beside a new file SQLite would play it back into that; where SQLite makes
    // the file itself it clears them away, so that is left to it.
    if (exists(file, "") || exists(file, "-wal") || exists(file, "-journal")) return {};
    sqlite3_int64 size = 0;
    const std::unique_ptr<unsigned char, Free> image{sqlite3_serialize(provisional.handle(), "main", &size, 0)};
    if (!image || size < 100) return Error{Errc::failed, "database: out of memory"};
    // The versions of the file format to write and to read (sqlite.org/fileformat2.html section 1.3): 2 is WAL.
    image.get()[18] = image.get()[19] = 2;

    std::string temporary = file.parent_path() / ("." + file.filename().native() + ".XXXXXX");
    const Fd fd{::mkostemp(temporary.data(), O_CLOEXEC)};
    if (!fd) return failure("make", file);
    const std::string_view bytes{reinterpret_cast<const char*>(image.get()), static_cast<std::size_t>(size)};
    if (const auto made = write_new(temporary, fd, bytes, file); !made.ok()) {
        ::unlink(temporary.c_str());
        return made;
    }
    // Folders between the two may be as new as the file.
    for (auto between = name.parent_path(); !between.empty(); between = between.parent_path())
        MT_CHECK(sync_folder(folder / between.parent_path()));
    return {};
}

}  // namespace mt::app::sqlite
