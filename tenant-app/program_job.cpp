#include "tenant-app/program_job.hpp"

#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/command_config.hpp"
#include "tenant-app/exec/descendants.hpp"
#include "tenant-app/exec/keeper.hpp"
#include "tenant-app/job_walls.hpp"
#include "tenant-app/jobs/report_document.hpp"

namespace mt::app {

namespace fs = std::filesystem;

namespace {

std::vector<char*> argv_of(const std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (const auto& text : texts) list.push_back(const_cast<char*>(text.c_str()));
    list.push_back(nullptr);
    return list;
}

/// In the child. Answers what was in the way of the program.
Error become_program(const fs::path& folder, const std::vector<std::string>& words) {
    ::setpgid(0, 0);
    if (::chdir(folder.c_str()) != 0) return errno_error("enter", folder.native());
    const char* path = std::getenv("PATH");
    const auto program = find_program(words.front(), folder, path ? path : "");
    if (!program.ok()) return program.error();
    const auto environment = program_environment(folder);
    if (auto walls = take_walls_of_program(folder); !walls.ok()) return walls.error();
    const auto arguments = argv_of(words), variables = argv_of(environment);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    std::signal(SIGPIPE, SIG_DFL);
    ::syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC);
    ::execve(program->c_str(), arguments.data(), variables.data());
    return Error{Errc::failed, "cannot run " + *program + ": " + std::strerror(errno)}.hint(
        "a tenant may run what is in its folder, in /usr or /opt: docs/ISOLATION.md");
}

/// Until the program has ended, or everything is to. The signals are blocked.
int wait_for_end(pid_t program, const sigset_t& signals) {
    int status = 0;
    for (;;) {
        const int signal = ::sigwaitinfo(&signals, nullptr);
        if (signal < 0 && errno == EINTR) continue;
        pid_t ended = 0;
        for (int each = 0; (ended = ::waitpid(-1, &each, WNOHANG)) > 0;)
            if (ended == program) {
                end_descendants(program, status);
                return each;
            }
        if (signal == SIGCHLD) continue;
        end_descendants(program, status);
        return SIGKILL;  // a status: killed by it
    }
}

}  // namespace

std::vector<std::string> program_environment(const fs::path& folder) {
    std::vector<std::string> out{"HOME=" + folder.native(), "TMPDIR=" + (folder / "tmp").native(),
                                 "MTG_TENANT=" + folder.filename().native()};
    for (const auto* name : {"PATH", "LANG", "LC_ALL", "TZ", "TERM", "NO_COLOR", "NODE_ENV"})
        if (const char* value = std::getenv(name)) out.push_back(std::string{name} + "=" + value);
    return out;
}

Error run_program(const fs::path& relative, const std::vector<std::string>& words) {
    const auto folder = fs::absolute(relative).lexically_normal();
    sigset_t signals;
    sigemptyset(&signals);
    for (const int each : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, each);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    // The end of the one that started it is told, so that nothing of the program is left behind.
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    const pid_t program = ::fork();
    if (program < 0) return errno_error("start", words.front());
    if (program == 0) {
        const auto error = become_program(folder, words);
        std::fprintf(stderr, "error %s\n", error_text(error).c_str());
        std::fflush(stderr);
        ::_exit(126);
    }
    end_like(wait_for_end(program, signals));
}

}  // namespace mt::app
