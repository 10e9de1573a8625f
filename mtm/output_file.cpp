#include "mtm/output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace mt::mtm {

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)), temporary_(std::exchange(other.temporary_, {})), fd_(std::move(other.fd_)) {}

OutputFile::~OutputFile() {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<OutputFile> OutputFile::create(const std::filesystem::path& path, unsigned mode) {
    auto name = (path.parent_path() / ("." + path.filename().native() + ".XXXXXX")).native();
    Fd fd{::mkostemp(name.data(), O_CLOEXEC)};
    if (!fd) return errno_error("create", path.native());
    OutputFile file{path, name, std::move(fd)};
    if (::fchmod(file.fd(), mode) != 0) return errno_error("chmod", path.native());
    return file;
}

Status OutputFile::commit(bool replace) {
    if (::fsync(fd_.get()) != 0) return errno_error("sync", path_.native());
    if (!replace) MT_CHECK(rename_noreplace(temporary_, path_));
    else if (std::rename(temporary_.c_str(), path_.c_str()) != 0) return errno_error("rename", path_.native());
    temporary_.clear();
    return sync_folder(path_.parent_path());
}

}  // namespace mt::mtm
