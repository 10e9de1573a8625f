#include "tests/conformance/tenant_process.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
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

/// As mtm add --tenancy does it, for MT_TENANCY: what the tenant has on the server that MT_SERVER describes, and its data source.
Result<std::string> shared_datasource(const fs::path& program, const fs::path& folder, const std::string& tenancy) {
    static unsigned made = 0;
    const auto server = nlohmann::json::parse(std::getenv("MT_SERVER"));
    const auto key = "t" + std::to_string(::getpid()) + "n" + std::to_string(++made);
    auto settings = server;
    settings.update({{"user", key}, {"password", "of-the-tests"}, {"tenancy", tenancy},
                     {"schema", tenancy == "row" ? "mtg_rows" : key}});
    const nlohmann::json order{{"server", server},   {"name", "server"}, {"config", "/mtg.json"}, {"datasource", "db"}, {"key", key},
                               {"tenancy", tenancy}, {"token", key},     {"password", settings["password"]}};
    std::ofstream{folder / "datasources.json"}
        << nlohmann::json{{"db", settings}, {"transient", {{"name", "transient"}, {"connector", "transient"}}}};
    const auto file = folder / "order.tmp";
    std::ofstream{file} << order;
    const auto command = program.native() + " " + folder.native() + " provision make < " + file.native();
    if (std::system(command.c_str()) != 0) return Error{Errc::failed, "nothing was made on the server; see above"};
    fs::remove(file);
    return settings.dump();
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
        auto datasource = fresh_datasource(connector);
        if (const char* tenancy = std::getenv("MT_TENANCY")) {
            MT_TRY(datasource, shared_datasource(program, tenant->folder_, tenancy));
        }
        std::ofstream{tenant->folder_ / "datasources.json"}
            << R"({"db": )" << datasource << R"(, "transient": {"name": "transient", "connector": "transient"}})";
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
