#include "gateway/supervisor/process_figures.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

namespace mt::gateway {

using nlohmann::json;

namespace {

std::string proc(pid_t pid, const char* file) { return "/proc/" + std::to_string(pid) + "/" + file; }

/// Processor time and threads: proc(5), behind the name in brackets, which may hold anything.
void read_stat(pid_t pid, json& figures) {
    std::ifstream file{proc(pid, "stat")};
    std::string text;
    if (!std::getline(file, text) || text.rfind(')') == std::string::npos) return;
    std::istringstream fields{text.substr(text.rfind(')') + 1)};
    std::string skipped;
    for (int i = 3; i < 14; ++i) fields >> skipped;
    std::uint64_t user = 0, system = 0;
    fields >> user >> system;
    for (int i = 16; i < 20; ++i) fields >> skipped;
    std::uint64_t threads = 0;
    if (!(fields >> threads)) return;
    figures["cpu_ms"] = (user + system) * 1000 / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    figures["threads"] = threads;
}

json proportional_memory(pid_t pid) {
    std::ifstream rollup{proc(pid, "smaps_rollup")};
    for (std::string line; std::getline(rollup, line);)
        if (line.starts_with("Pss:")) return std::strtoull(line.c_str() + 4, nullptr, 10) * 1024;
    return nullptr;
}

json open_descriptors(pid_t pid) {
    std::error_code error;
    std::size_t count = 0;
    for (std::filesystem::directory_iterator at{proc(pid, "fd"), error}, end; !error && at != end; at.increment(error))
        ++count;
    return error ? json() : json(count);
}

}  // namespace

std::uint64_t private_memory(pid_t pid) {
    std::ifstream statm{proc(pid, "statm")};  // smaps_rollup takes 50 times as long
    std::uint64_t size = 0, resident = 0, shared = 0;
    if (!(statm >> size >> resident >> shared) || shared > resident) return 0;
    return (resident - shared) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

json process_figures(pid_t pid) {
    json figures{{"memory_bytes", private_memory(pid)}, {"pss_bytes", proportional_memory(pid)}, {"cpu_ms", nullptr},
                 {"threads", nullptr}, {"descriptors", open_descriptors(pid)}};
    read_stat(pid, figures);
    return figures;
}

}  // namespace mt::gateway
