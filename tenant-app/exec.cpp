// A `command` tenant. The gateway starts `tenant-app <folder> exec` as it would start a worker; this process finds out
// what to run, starts it with the tenant's rights, and keeps it.
#include "tenant-app/exec.hpp"

#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/tenant_config.hpp"
#include "tenant-app/confine.hpp"
#include "tenant-app/control_channel.hpp"
#include "tenant-app/exec/keeper.hpp"
#include "tenant-app/harden.hpp"
#include "tenant-app/jobs/report_document.hpp"
#include "tenant-app/rest/report.hpp"

namespace mt::app {

namespace fs = std::filesystem;

namespace {

constexpr int k_door_fd = 3, k_channel_fd = 4;
constexpr int k_ready_fd = 4;  // of the program, which has no control channel

int refuse_start(const Error& error) {
    say_line(k_channel_fd, "error " + error_text(error));
    rest::report("event=start_failed", describe(error));
    return exit_code_of(error);
}

bool is_channel(int fd) {
    struct stat info {};
    return ::fstat(fd, &info) == 0 && S_ISSOCK(info.st_mode);
}

Result<ProgramDoor> read_door(const std::vector<std::string>& options) {
    if (options.empty()) return ProgramDoor{k_door_fd, 0, {}};
    ProgramDoor door;
    if (options.size() == 2 && options[0] == "--socket") {
        door.socket = options[1];
        return door;
    }
    if (options.size() == 2 && options[0] == "--port") {
        const auto& text = options[1];
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), door.port);
        if (error == std::errc{} && end == text.data() + text.size() && door.port != 0) return door;
    }
    return Error{Errc::usage, "exec takes --port N, --socket PATH or nothing"};
}

/// The gateway's death would end this process, but at once, which would leave the program's children behind: so it is read
/// from the channel instead. False: it has gone already.
bool outlive_gateway_to_clean_up() {
    ::prctl(PR_SET_PDEATHSIG, 0);
    const char* gateway = std::getenv("MTG_GATEWAY_PID");
    return !gateway || std::to_string(::getppid()) == gateway;
}

/// What we were given, then what the program is told of its door, then what tenant.json says.
std::vector<std::string> environment_of(const CommandToRun& command, const ProgramDoor& door, const fs::path& folder,
                                        const std::string& notify_address) {
    std::vector<std::string> out;
    const auto set = [&out](const std::string& entry) {
        const auto name = entry.substr(0, entry.find('=') + 1);
        std::erase_if(out, [&](const auto& each) { return each.starts_with(name); });
        out.push_back(entry);
    };
    for (char** entry = environ; *entry; ++entry)
        set(*entry);
    set("HOME=" + folder.native());
    if (door.port) {
        set("HOST=127.0.0.1");
        set("PORT=" + std::to_string(door.port));
    } else if (door.listener < 0) {
        set("SOCKET=" + door.socket.native());
    } else {
        set("LISTEN_FDS=1");
        set("LISTEN_PID=" + std::to_string(::getpid()));
    }
    set("READY_FD=" + std::to_string(k_ready_fd));
    set("NOTIFY_SOCKET=" + notify_address);
    for (const auto& entry : command.environment) set(entry);
    return out;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (const auto& text : texts) list.push_back(const_cast<char*>(text.c_str()));
    list.push_back(nullptr);
    return list;
}

/// In the child. Answers what was in the way of the program.
Error become(const CommandToRun& command, const ProgramDoor& door, const Readiness& readiness, const fs::path& folder,
             pid_t keeper) {
    ::setsid();
    if (::chdir(folder.c_str()) != 0) return errno_error("enter", folder.native());
    // The keeper is its parent, not the gateway.
    ::unsetenv("MTG_GATEWAY_PID");
    std::vector<fs::path> writable;
    if (!door.socket.empty() && door.listener < 0) writable.push_back(door.socket.parent_path());
    if (auto status = confine_program(folder, std::move(writable), k_channel_fd); !status.ok()) return status.error();
    const auto environment = environment_of(command, door, folder, readiness.notify_address());
    const auto words = pointers(command.words), variables = pointers(environment);
    if (::dup2(readiness.program_pipe(), k_ready_fd) < 0) return errno_error("pass on a pipe");
    if (door.listener < 0) ::close(k_door_fd);
    ::syscall(SYS_close_range, k_ready_fd + 1, ~0u, CLOSE_RANGE_CLOEXEC);
    // Not sooner: a change of the uid undoes it.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != keeper) ::_exit(1);
    ::execve(command.program.c_str(), words.data(), variables.data());
    const bool no_interpreter = errno == ENOENT || errno == ENOEXEC, barred = errno == EACCES;
    auto error = Error{Errc::invalid_config, "cannot run " + command.program + ": " + std::strerror(errno)}.in_file(
        (folder / "tenant.json").native(), 0, "/command/0");
    if (barred) return std::move(error).hint("a tenant may run what is in its folder, in /usr or /opt: docs/ISOLATION.md");
    return no_interpreter ? std::move(error).hint("a script needs a first line such as #!/usr/bin/env node") : error;
}

}  // namespace

bool has_command(const fs::path& folder) {
    const auto config = read_tenant_config(folder / "tenant.json");
    return config.ok() && config->is_command();
}

Result<CommandToRun> read_command(const fs::path& folder) {
    MT_TRY(const auto file, read_json_file(folder / "tenant.json"));
    MT_TRY(const auto config, parse_tenant_config(file));
    if (!config.is_command()) return file.error_at("/command", "the tenant has no command");
    CommandToRun out;
    MT_TRY(auto resolved, resolve_command(config.command, file, out.warnings));
    const char* inherited = std::getenv("PATH");
    const auto own = resolved.environment.find("PATH");
    const std::string path = own != resolved.environment.end() ? own->second : inherited ? inherited : "";
    auto program = find_program(resolved.words.front(), folder, path);
    if (!program.ok()) return file.error_at("/command/0", program.error().message()).hint(program.error().place().hint);
    out.program = *std::move(program);
    out.words = std::move(resolved.words);
    for (const auto& [name, value] : resolved.environment) out.environment.push_back(name + "=" + value);
    return out;
}

int exec(const fs::path& folder, const std::vector<std::string>& options) {
    if (!outlive_gateway_to_clean_up()) return 1;
    harden(false);
    auto door = read_door(options);
    if (!door.ok() || !is_channel(k_channel_fd)) {
        std::fputs("tenant-app: exec is started by mtg: a control channel as descriptor 4; --port N, --socket PATH, or a "
                   "listening socket as descriptor 3\n", stderr);
        return 2;
    }
    const auto command = read_command(folder);
    if (!command.ok()) return refuse_start(command.error());
    for (const auto& warning : command->warnings) say_line(k_channel_fd, "warning " + warning);
    auto readiness = Readiness::prepare(*door);
    if (!readiness.ok()) return refuse_start(readiness.error());
    const auto run = [&, keeper = ::getpid()] { return become(*command, *door, *readiness, folder, keeper); };
    end_like(keep_program({k_channel_fd, *readiness, run, command->words.front()}));
}

}  // namespace mt::app
