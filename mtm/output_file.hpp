#pragma once
#include <filesystem>

#include "base/files.hpp"

namespace mt::mtm {

/// A file that is written piece by piece and is there as a whole or not at all: it has a temporary name beside its
/// place until commit(), and is gone with the object if that was not called.
class OutputFile {
public:
    static Result<OutputFile> create(const std::filesystem::path& path, unsigned mode);
    OutputFile(OutputFile&& other) noexcept;
    OutputFile& operator=(OutputFile&&) = delete;
    ~OutputFile();

    int fd() const { return fd_.get(); }
    /// Syncs it and gives it its name. Without `replace` it fails with conflict if the name is taken.
    Status commit(bool replace);

private:
    OutputFile(std::filesystem::path path, std::filesystem::path temporary, Fd fd)
        : path_(std::move(path)), temporary_(std::move(temporary)), fd_(std::move(fd)) {}
    std::filesystem::path path_, temporary_;
    Fd fd_;
};

}  // namespace mt::mtm
