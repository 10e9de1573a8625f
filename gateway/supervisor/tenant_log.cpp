#include "gateway/supervisor/tenant_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mt::gateway {

namespace fs = std::filesystem;

namespace {

constexpr off_t k_bytes_max = 10 << 20;
constexpr int k_kept = 3;

bool too_long(const fs::path& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 && info.st_size > k_bytes_max;
}

fs::path numbered(const fs::path& path, int number) { return path.native() + "." + std::to_string(number); }

void shift(const fs::path& path) {
    for (int number = k_kept; number > 1; --number) ::rename(numbered(path, number - 1).c_str(), numbered(path, number).c_str());
}

}  // namespace

Result<Fd> open_tenant_log(const fs::path& path) {
    if (too_long(path)) {
        shift(path);
        ::rename(path.c_str(), numbered(path, 1).c_str());
    }
    Fd fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
    if (!fd) return errno_error("open", path.native());
    return fd;
}

bool limit_tenant_log(const fs::path& path) {
    if (!too_long(path)) return false;
    shift(path);
    const Fd from{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
    const Fd to{::open(numbered(path, 1).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    if (!from) return false;
    off_t left = to ? k_bytes_max : 0;  // a flood beyond the limit is dropped with the rest
    while (left > 0) {
        const auto copied = ::copy_file_range(from.get(), nullptr, to.get(), nullptr, static_cast<std::size_t>(left), 0);
        if (copied <= 0) break;
        left -= copied;
    }
    return ::ftruncate(from.get(), 0) == 0;
}

}  // namespace mt::gateway
