#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace mt {

/// An open file descriptor, closed with its owner. -1 is none.
class Fd {
public:
    Fd() = default;
    explicit Fd(int number) : number_(number) {}
    Fd(Fd&& other) noexcept : number_(other.release()) {}
    Fd& operator=(Fd&& other) noexcept;
    ~Fd() { reset(); }

    int get() const { return number_; }
    explicit operator bool() const { return number_ >= 0; }
    int release() { return std::exchange(number_, -1); }
    void reset();

private:
    int number_ = -1;
};

/// The whole file. Never waits, whatever the path names. Fails with not_found, with failed, with bad_request if it is no regular file,
/// and with payload_too_large above `bytes_max`.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max = 64u << 20);

/// A folder, and not a symbolic link to one.
bool is_real_folder(const std::filesystem::path& path);

/// Replaces `path` so that a reader, or whoever comes after a crash, sees the old or the new content and never half:
/// temporary name in the same folder, fsync, rename, fsync of the folder. `mode` is that of the new file.
/// On failure (a full disk among them) the old file is untouched and nothing is left beside it.
Status write_file(const std::filesystem::path& path, std::string_view content, unsigned mode = 0644);

/// Renames a file or folder and syncs both parents; the commit point of whatever it publishes.
/// Fails with conflict if `to` exists, atomically (renameat2 with RENAME_NOREPLACE).
Status rename_noreplace(const std::filesystem::path& from, const std::filesystem::path& to);

/// Makes the names in a folder durable.
Status sync_folder(const std::filesystem::path& folder);

/// An exclusive flock(2) on a file, which is created if missing; released with the object, or when the process dies.
class FileLock {
public:
    /// The file at `path` is still the one that is locked.
    bool names(const std::filesystem::path& path) const;

    /// Does not wait. Fails with conflict if somebody else holds it.
    static Result<FileLock> acquire(const std::filesystem::path& path);
    /// One that was acquired elsewhere, and whose descriptor came here: it is held until all of its owners are gone.
    static FileLock adopt(Fd fd) { return FileLock{std::move(fd)}; }
    /// To be handed on; it stays ours.
    int descriptor() const { return fd_.get(); }
    /// Replaces what the file says, for people who look who holds it. What cannot be written is left out.
    void note(std::string_view text) const;

private:
    explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
    Fd fd_;
};

}  // namespace mt
