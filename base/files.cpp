#include "base/files.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace mt {

namespace fs = std::filesystem;

Fd& Fd::operator=(Fd&& other) noexcept {
    if (this != &other) {
        reset();
        number_ = other.release();
    }
    return *this;
}

void Fd::reset() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
}

Result<std::string> read_file(const fs::path& path, std::size_t bytes_max) {
    // Opening a FIFO would wait for its writer, for ever.
    const Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    if (!fd) {
        const bool missing = errno == ENOENT || errno == ENOTDIR;
        auto error = errno_error("open", path.native());
        return missing ? Error{Errc::not_found, error.message()} : error;
    }
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return errno_error("stat", path.native());
    if (!S_ISREG(info.st_mode)) return Error{Errc::bad_request, path.native() + " is not a regular file"};

    std::string content;
    content.resize(static_cast<std::size_t>(info.st_size) + 1);  // one more, so that the end shows in one read
    std::size_t length = 0;
    for (;;) {
        if (length > bytes_max)
            return Error{Errc::payload_too_large, path.native() + " is larger than " + std::to_string(bytes_max) + " bytes"};
        if (length == content.size()) content.resize(content.size() * 2);
        const auto got = ::read(fd.get(), content.data() + length, content.size() - length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno_error("read", path.native());
        if (got == 0) break;
        length += static_cast<std::size_t>(got);
    }
    content.resize(length);
    return content;
}

Status sync_folder(const fs::path& folder) {
    const Fd fd{::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd) return errno_error("open", folder.native());
    if (::fsync(fd.get()) != 0 && errno != EINVAL) return errno_error("fsync", folder.native());
    return {};
}

namespace {

Status write_all(int fd, std::string_view content, const fs::path& path) {
    while (!content.empty()) {
        const auto put = ::write(fd, content.data(), content.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return errno_error("write", path.native());
        content.remove_prefix(static_cast<std::size_t>(put));
    }
    if (::fsync(fd) != 0) return errno_error("fsync", path.native());
    return {};
}

}  // namespace

Status write_file(const fs::path& path, std::string_view content, unsigned mode) {
    auto temporary = path.parent_path() / ("." + path.filename().native() + ".XXXXXX");
    std::string name = temporary.native();
    const Fd fd{::mkostemp(name.data(), O_CLOEXEC)};
    if (!fd) return errno_error("create", path.native());

    auto status = write_all(fd.get(), content, path);
    if (status.ok() && ::fchmod(fd.get(), mode) != 0) status = errno_error("chmod", path.native());
    if (status.ok() && ::rename(name.c_str(), path.c_str()) != 0) status = errno_error("rename", path.native());
    if (!status.ok()) {
        ::unlink(name.c_str());
        return status;
    }
    return sync_folder(path.parent_path());
}

Status rename_noreplace(const fs::path& from, const fs::path& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
        if (errno == EEXIST) return Error{Errc::conflict, to.native() + " exists already"};
        return errno_error("rename", from.native());
    }
    MT_CHECK(sync_folder(to.parent_path()));
    if (from.parent_path() != to.parent_path()) MT_CHECK(sync_folder(from.parent_path()));
    return {};
}

bool is_real_folder(const fs::path& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

Result<FileLock> FileLock::acquire(const fs::path& path) {
    Fd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (!fd) return errno_error("open", path.native());
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return Error{Errc::conflict, path.native() + " is locked by another process"};
        return errno_error("lock", path.native());
    }
    return FileLock{std::move(fd)};
}

void FileLock::note(std::string_view text) const {
    if (::ftruncate(fd_.get(), 0) != 0) return;
    if (::pwrite(fd_.get(), text.data(), text.size(), 0) < 0) return;
}

bool FileLock::names(const fs::path& path) const {
    struct stat ours {}, there {};
    return ::fstat(fd_.get(), &ours) == 0 && ::stat(path.c_str(), &there) == 0 && ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

}  // namespace mt
