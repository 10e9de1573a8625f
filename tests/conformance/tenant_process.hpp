#pragma once
#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.hpp"

namespace mt::conformance {

/// A fresh, empty tenant: a temporary copy of a folder, with `connector` behind its datasource `db`, and a worker that serves it.
/// Both end with the object.
class TenantProcess {
public:
    static Result<std::unique_ptr<TenantProcess>> start(const std::filesystem::path& program, const std::filesystem::path& folder,
                                                        const std::string& connector);
    ~TenantProcess();

    std::filesystem::path socket() const { return folder_ / "w.sock"; }

private:
    TenantProcess() = default;

    std::filesystem::path folder_;
    pid_t pid_ = -1;
};

}  // namespace mt::conformance
