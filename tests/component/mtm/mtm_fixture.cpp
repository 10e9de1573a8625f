#include "mtm_fixture.hpp"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/support/environment.hpp"

namespace fs = std::filesystem;

namespace {

/// Refuses what the tests break: files that are no JSON (with jq's bluntness: by their first sign) and unknown connectors.
constexpr const char* k_stand_in = R"sh(#!/bin/sh
for file in "$1"/*.json "$1"/models/*.json; do
    [ -e "$file" ] || continue
    case "$(head -c 1 "$file")" in
        "{") ;;
        *) printf '{"ok":false,"error":{"code":"invalid_config","message":"not valid JSON","file":"%s","line":1}}\n' "$file"; exit 6 ;;
    esac
done
if grep -q nosuch "$1/datasources.json"; then
    printf '{"ok":false,"error":{"code":"invalid_config","message":"unknown connector","file":"%s","line":4,"pointer":"/db/connector"}}\n' "$1/datasources.json"
    exit 6
fi
echo '{"ok":true,"data":{"warnings":[]}}'
)sh";

void copy_program(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::create_hard_link(from, to, error);  // a debug build is large; a link keeps /proc/self/exe apart just as well
    if (error) fs::copy_file(from, to);
}

std::string slurp(const fs::path& path) {
    std::ifstream in{path, std::ios::binary};
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

}  // namespace

Installation::Installation() {
    const auto bin = mt::test::told_by_ctest("MT_BIN");
    std::string name = (fs::temp_directory_path() / "mtm-XXXXXX").native();
    if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
    root_ = name;
    fs::create_directories(root_ / "bin");
    fs::create_directories(work());
    fs::create_directory_symlink(fs::path{bin}.parent_path() / "share", root_ / "share");
    copy_program(fs::path{bin} / "mtm", root_ / "bin" / "mtm");
    if (fs::exists(fs::path{bin} / "tenant-app")) {
        copy_program(fs::path{bin} / "tenant-app", worker());
    } else {
        replace_worker(k_stand_in);
    }
}

Installation::~Installation() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
}

int wait_for(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

namespace {

/// In the child; does not return.
[[noreturn]] void become(const fs::path& program, const fs::path& folder, const std::vector<std::string>& arguments, int out, int err,
                         unsigned long bytes_max) {
    std::vector<char*> argv{const_cast<char*>(program.c_str())};
    for (const auto& each : arguments) argv.push_back(const_cast<char*>(each.c_str()));
    argv.push_back(nullptr);
    for (const auto* name : {"MTG_TENANTS", "MTG_SOCKET", "MTG_CONFIG"}) ::unsetenv(name);
    if (::chdir(folder.c_str()) != 0) ::_exit(126);
    ::dup2(::open("/dev/null", O_RDONLY), 0);
    ::dup2(out, 1);
    ::dup2(err, 2);
    if (bytes_max > 0) {
        const rlimit limit{bytes_max, bytes_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ::execv(program.c_str(), argv.data());
    ::_exit(127);
}

std::string drained(int fd) {  // from its start: the child wrote through the same open file
    std::string text;
    char block[4096];
    off_t at = 0;
    for (ssize_t got; (got = ::pread(fd, block, sizeof block, at)) > 0; at += got) text.append(block, static_cast<std::size_t>(got));
    ::close(fd);
    return text;
}

}  // namespace

Ran Installation::mtm(const std::vector<std::string>& arguments, unsigned long bytes_max) const {
    // Pipes rather than files would not count against the limit, but fill: the outputs here are far below a pipe's 64 KiB
    // except on failure, so unnamed temporary files are the simpler thing, opened before the limit.
    const int out = ::open(root_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    const int err = ::open(root_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    const pid_t pid = ::fork();
    if (pid == 0) become(root_ / "bin" / "mtm", work(), arguments, out, err, bytes_max);
    const int code = wait_for(pid);
    return {code, drained(out), drained(err)};
}

pid_t Installation::start(const std::vector<std::string>& arguments, bool traced) const {
    const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    const pid_t pid = ::fork();
    if (pid == 0) {
        if (traced) {
            ::setenv("ASAN_OPTIONS", "detect_leaks=0", 1);  // the leak check is a tracer itself, and there can be one only
            ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        }
        become(root_ / "bin" / "mtm", work(), arguments, null, null, 0);
    }
    ::close(null);
    return pid;
}

std::map<std::string, std::string> Installation::tree() const {
    std::map<std::string, std::string> all;
    if (!fs::exists(tenants())) return all;
    for (fs::recursive_directory_iterator at{tenants()}, end; at != end; ++at) {
        const auto path = at->path().lexically_relative(tenants()).native();
        if (path.starts_with(".locks") || path == ".staging" || path == ".trash") continue;
        all[path] = at->is_regular_file() ? slurp(at->path()) : "folder";
    }
    return all;
}

std::string Installation::read(const std::string& path) const { return slurp(tenants() / path); }

void Installation::write(const std::string& path, const std::string& content) const { std::ofstream{tenants() / path} << content; }

void Installation::replace_worker(const std::string& script) const {
    std::error_code ignored;
    fs::remove(worker(), ignored);  // never through the link into the built program
    std::ofstream{worker()} << script;
    fs::permissions(worker(), fs::perms::owner_all);
}

std::size_t Installation::entries(const std::string& folder) const {
    if (!fs::exists(tenants() / folder)) return 0;
    return static_cast<std::size_t>(std::distance(fs::directory_iterator{tenants() / folder}, fs::directory_iterator{}));
}
