#include "tenant-app/connectors/sqlite/copy_out.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/files.hpp"
#include "tenant-app/connectors/sqlite/copy.hpp"

namespace mt::app::sqlite {

namespace {

Status send(const Fd& from, std::FILE* out, const std::filesystem::path& file) {
    std::array<char, 256u << 10> block;
    for (;;) {
        const auto got = ::read(from.get(), block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno_error("read", file.native());
        if (got == 0) break;
        if (std::fwrite(block.data(), 1, static_cast<std::size_t>(got), out) != static_cast<std::size_t>(got))
            return errno_error("write the copy of", file.native());
    }
    if (std::fflush(out) != 0) return errno_error("write the copy of", file.native());
    return {};
}

}  // namespace

Status copy_out(const std::filesystem::path& file, std::FILE* out) {
    struct stat info {};
    if (::lstat(file.c_str(), &info) != 0 && errno == ENOENT) return {};
    if (!S_ISREG(info.st_mode)) return Error{Errc::invalid_config, file.native() +
        " is not a regular file"}.in_file(file.native());
    const auto copy = file.parent_path() / ("." + file.filename().native() + ".copy-" + std::to_string(::getpid()));
    ::unlink(copy.c_str());  // of a killed process that had our number
    MT_CHECK(copy_database(file, copy));
    const Fd copied{::open(copy.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
    const auto opened = copied ? Status{} : Status{errno_error("open", copy.native())};
    ::unlink(copy.c_str());
    MT_CHECK(opened);
    return send(copied, out, file);
}

}  // namespace mt::app::sqlite
