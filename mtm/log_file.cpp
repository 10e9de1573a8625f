#include "mtm/log_file.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/files.hpp"

namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t k_tail_block_bytes = 64u << 10;

/// A file that others append to, read line by line.
class Tail {
public:
    explicit Tail(const fs::path& path) : path_(path) { open(); }

    /// Moves to where the last `lines` lines begin, reading backwards: a log may have gigabytes.
    /// Not before `from`, unless the file ends there already.
    void seek_last(std::size_t lines, off_t from = 0) {
        if (!fd_) return;
        offset_ = ::lseek(fd_.get(), 0, SEEK_END);
        if (from > offset_) from = 0;
        std::array<char, k_tail_block_bytes> block{};
        bool last = true;  // the line end that closes the file opens no line
        for (auto at = offset_; at > from;) {
            const auto size = std::min<off_t>(at - from, static_cast<off_t>(block.size()));
            at -= size;
            const auto got = ::pread(fd_.get(), block.data(), static_cast<std::size_t>(size), at);
            if (got <= 0) return;
            for (auto i = got; i-- > 0;) {
                if (block[static_cast<std::size_t>(i)] == '\n' && !std::exchange(last, false) && lines-- == 0) return;
                last = false;
                if (lines == 0) return;
                offset_ = at + i;
            }
        }
    }

    /// Whole lines up to the end of the file; with `rest` an unfinished one too. False: the reader has enough.
    bool read(const OnLine& on_line, bool rest) {
        reopen_if_replaced();
        std::array<char, k_tail_block_bytes> block{};
        while (fd_) {
            const auto got = ::pread(fd_.get(), block.data(), block.size(), offset_);
            if (got <= 0) break;
            offset_ += got;
            pending_.append(block.data(), static_cast<std::size_t>(got));
            std::size_t start = 0;
            for (auto end = pending_.find('\n'); end != std::string::npos; end = pending_.find('\n', start)) {
                if (!on_line(std::string_view{pending_}.substr(start, end - start))) return false;
                start = end + 1;
            }
            pending_.erase(0, start);
            if (pending_.size() >= k_tail_block_bytes && !on_line(std::exchange(pending_, {}))) return false;
        }
        return !rest || pending_.empty() || on_line(std::exchange(pending_, {}));
    }

private:
    void open() {
        fd_ = Fd{::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
        offset_ = 0;
    }
    void reopen_if_replaced() {
        struct stat here {}, open_file {};
        if (::stat(path_.c_str(), &here) != 0) return;  // gone: what was open is still read to its end
        const bool same = fd_ && ::fstat(fd_.get(), &open_file) == 0 && here.st_ino == open_file.st_ino &&
                          here.st_dev == open_file.st_dev;
        if (!same) open();
        else if (here.st_size < offset_) offset_ = 0;
    }

    const fs::path& path_;
    Fd fd_;
    off_t offset_ = 0;
    std::string pending_;
};

}  // namespace

Status last_lines(const fs::path& path, std::size_t lines, const OnLine& on_line, std::uint64_t from) {
    Tail tail{path};
    tail.seek_last(lines, static_cast<off_t>(from));
    tail.read(on_line, true);
    return {};
}

Status follow_lines(const fs::path& path, std::size_t lines, const OnLine& on_line) {
    const Fd events{::inotify_init1(IN_CLOEXEC)};
    if (!events) return errno_error("inotify_init1");
    // The folder, not the file: the file may be replaced, or not be there yet.
    if (::inotify_add_watch(events.get(), path.parent_path().c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
        return errno_error("watch", path.parent_path().native());
    Tail tail{path};
    tail.seek_last(lines);
    alignas(inotify_event) std::array<char, 4096> ignored{};
    while (tail.read(on_line, false)) {
        const auto got = ::read(events.get(), ignored.data(), ignored.size());
        if (got < 0 && errno != EINTR) return errno_error("read inotify");
    }
    return {};
}

}  // namespace mt::mtm
