#pragma once
#include <sys/types.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/// How one run of mtm ended.
struct Ran {
    int code = -1;  ///< exit code, or 128 + signal
    std::string out, err;
    nlohmann::json document() const { return nlohmann::json::parse(out, nullptr, false); }
};

/// An installation of its own in a temporary folder: the built mtm, its templates, and a worker beside it; the gateway is down.
/// The worker is the built one where there is one, else a script that reads what these tests break.
class Installation {
public:
    Installation();
    ~Installation();
    Installation(const Installation&) = delete;
    Installation& operator=(const Installation&) = delete;

    /// Runs mtm in the folder that has `tenants`. `bytes_max` limits the size of every file that it writes.
    Ran mtm(const std::vector<std::string>& arguments, unsigned long bytes_max = 0) const;
    /// Starts it and does not wait; the caller does. `traced`: by ptrace(2), stopped as its program begins.
    pid_t start(const std::vector<std::string>& arguments, bool traced = false) const;

    std::filesystem::path work() const { return root_ / "work"; }
    std::filesystem::path tenants() const { return work() / "tenants"; }
    std::filesystem::path worker() const { return root_ / "bin" / "tenant-app"; }

    /// Every path below tenants/ with its content; without .locks, whose empty files stay.
    std::map<std::string, std::string> tree() const;
    std::string read(const std::string& path) const;
    void write(const std::string& path, const std::string& content) const;
    /// Puts a script in the worker's place.
    void replace_worker(const std::string& script) const;
    /// Number of entries in `tenants/<folder>`, 0 if there is no such folder.
    std::size_t entries(const std::string& folder) const;

private:
    std::filesystem::path root_;
};

/// Waits for a child; its exit code, or 128 + signal.
int wait_for(pid_t pid);
