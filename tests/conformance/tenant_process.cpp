#include "tests/conformance/tenant_process.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>
#include <thread>

#include "tests/conformance/client.hpp"
#include "tests/support/datasource.hpp"

namespace mt::conformance {

namespace fs = std::filesystem;

namespace {

/// Waits until the worker accepts. False if it has ended or takes too long.
bool wait_for(const fs::path& socket, pid_t& pid) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (std::chrono::steady_clock::now() < deadline) {
        if (Client{socket}.connects()) return true;
        if (::waitpid(pid, nullptr, WNOHANG) == pid) {
            pid = -1;
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    return false;
}

}  // namespace

Result<std::unique_ptr<TenantProcess>> TenantProcess::start(const fs::path& program, const fs::path& folder,
                                                            const std::string& connector) {
    std::string name = (fs::temp_directory_path() / "mt_tenant_XXXXXX").native();
    if (!::mkdtemp(name.data())) return errno_error("mkdtemp", name);
    std::unique_ptr<TenantProcess> tenant{new TenantProcess};
    tenant->folder_ = name;
    std::error_code error;
    fs::copy(folder, tenant->folder_, fs::copy_options::recursive, error);
    if (error) return Error{Errc::failed, "copy " + folder.native() + ": " + error.message()};
    if (connector != "memory") {
        fs::create_directory(tenant->folder_ / "data", error);
        std::ofstream{tenant->folder_ / "datasources.json"}
            << R"({"db": )" << fresh_datasource(connector) << R"(, "transient": {"name": "transient", "connector": "transient"}})";
    }
    std::string socket = tenant->socket().native(), mode = "serve", flag = "--socket", program_name = program.native();
    char* const words[] = {program_name.data(), name.data(), mode.data(), flag.data(), socket.data(), nullptr};
    if (::posix_spawn(&tenant->pid_, program.c_str(), nullptr, nullptr, words, environ) != 0)
        return errno_error("spawn", program.native());
    if (!wait_for(tenant->socket(), tenant->pid_)) return Error{Errc::failed, "the worker did not start; see its message above"};
    return tenant;
}

TenantProcess::~TenantProcess() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

}  // namespace mt::conformance
