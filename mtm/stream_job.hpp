#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/tenant_id.hpp"

namespace mt::mtm {

/// A job of the worker's, `tenant-app <folder> <words>`, whose input or output is a stream. It does not outlive the
/// object.
class StreamJob {
public:
    /// We read what it prints.
    static Result<StreamJob> reading(const TenantId& id, const std::filesystem::path& folder,
                                     const std::string& display, std::vector<std::string> words);
    /// It reads what we write; what it prints is kept for finish(). Who writes ignores SIGPIPE.
    static Result<StreamJob> writing(const TenantId& id, const std::filesystem::path& folder,
                                     const std::string& display, std::vector<std::string> words);
    /// It gets this open file as its input, or its output; what it prints otherwise is kept for finish(). The other is
    /// empty.
    static Result<StreamJob> with_input(const TenantId& id, const std::filesystem::path& folder,
                                        const std::string& display, std::vector<std::string> words, const Fd& input);
    static Result<StreamJob> with_output(const TenantId& id, const std::filesystem::path& folder,
                                         const std::string& display, std::vector<std::string> words, const Fd& output);
    StreamJob(StreamJob&& other) noexcept;
    StreamJob& operator=(StreamJob&&) = delete;
    /// Kills it if it still runs.
    ~StreamJob();

    /// Our end of the stream.
    const Fd& stream() const { return stream_; }
    /// Closes our end and waits. Answers what the job printed, if that was kept. Fails with what the job says is wrong.
    Result<std::string> finish();

private:
    StreamJob(const TenantId& id, const std::filesystem::path& folder, std::string display)
        : id_(id), folder_(folder), display_(std::move(display)) {}
    Status spawn(std::vector<std::string> words, int in, int out);

    TenantId id_;
    std::filesystem::path folder_;
    std::string display_;
    pid_t pid_ = -1;
    Fd stream_, printed_, errors_;  // the last two: files in memory, so that nobody has to read while the job runs
};

}  // namespace mt::mtm
