#include "mtm/stream_job.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "mtm/spawn_plan.hpp"
#include "mtm/worker.hpp"

namespace mt::mtm {

namespace {

constexpr std::size_t k_kept_bytes_max = 1u << 20;

std::string text_in(const Fd& file) {
    std::string text(k_kept_bytes_max, '\0');
    const auto got = file ? ::pread(file.get(), text.data(), text.size(), 0) : 0;
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

}  // namespace

StreamJob::StreamJob(StreamJob&& other) noexcept
    : id_(other.id_), folder_(std::move(other.folder_)), display_(std::move(other.display_)),
      pid_(std::exchange(other.pid_, -1)), stream_(std::move(other.stream_)), printed_(std::move(other.printed_)),
      errors_(std::move(other.errors_)) {}

StreamJob::~StreamJob() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

Status StreamJob::spawn(std::vector<std::string> words, int in, int out) {
    MT_TRY(const auto program, worker_program());
    errors_ = Fd{::memfd_create("job-errors", MFD_CLOEXEC)};
    if (!errors_) return errno_error("memfd_create");
    words.insert(words.begin(), folder_.native());
    SpawnPlan plan;
    plan.give(in, 0);
    plan.give(out, 1);
    plan.give(errors_.get(), 2);
    MT_TRY(pid_, plan.start(program, std::move(words)));
    return {};
}

Result<StreamJob> StreamJob::reading(const TenantId& id, const std::filesystem::path& folder,
                                     const std::string& display, std::vector<std::string> words) {
    StreamJob job{id, folder, display};
    MT_TRY(auto pipe, make_pipe());
    MT_CHECK(job.spawn(std::move(words), -1, pipe.write.get()));
    job.stream_ = std::move(pipe.read);
    return job;
}

Result<StreamJob> StreamJob::writing(const TenantId& id, const std::filesystem::path& folder,
                                     const std::string& display, std::vector<std::string> words) {
    StreamJob job{id, folder, display};
    MT_TRY(auto pipe, make_pipe());
    job.printed_ = Fd{::memfd_create("job-output", MFD_CLOEXEC)};
    MT_CHECK(job.spawn(std::move(words), pipe.read.get(), job.printed_.get()));
    job.stream_ = std::move(pipe.write);
    return job;
}

Result<StreamJob> StreamJob::with_input(const TenantId& id, const std::filesystem::path& folder,
                                        const std::string& display, std::vector<std::string> words, const Fd& input) {
    StreamJob job{id, folder, display};
    job.printed_ = Fd{::memfd_create("job-output", MFD_CLOEXEC)};
    MT_CHECK(job.spawn(std::move(words), input.get(), job.printed_.get()));
    return job;
}

Result<StreamJob> StreamJob::with_output(const TenantId& id, const std::filesystem::path& folder,
                                         const std::string& display, std::vector<std::string> words, const Fd& output) {
    StreamJob job{id, folder, display};
    MT_CHECK(job.spawn(std::move(words), -1, output.get()));
    return job;
}

Result<std::string> StreamJob::finish() {
    stream_.reset();
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {}
    pid_ = -1;
    JobEnd end{WIFEXITED(status) ? WEXITSTATUS(status) : 1, text_in(printed_), text_in(errors_)};
    if (WIFSIGNALED(status))
        return Error{Errc::failed, "its job was killed by signal " +
            std::to_string(WTERMSIG(status))}.of_tenant(id_.str());
    if (end.exit_code != 0) return job_error(id_, folder_, display_, end);
    return std::move(end.out);
}

}  // namespace mt::mtm
