#pragma once
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/json_file.hpp"
#include "base/layout.hpp"

namespace mt::mtm {

/// What a command over many tenants has done so far: `.journal/<verb>.ndjson`, the first line what it was to do, then
/// one for each tenant, on stable storage before the next. It outlives a kill, for --resume.
class RunRecord {
public:
    /// Begins a new one in place of the last.
    static Result<RunRecord> begin(const Layout& layout, const std::string& verb, const std::vector<TenantId>& ids);
    /// Goes on with the last one. Fails with not_found.
    static Result<RunRecord> resume(const Layout& layout, const std::string& verb);

    /// The tenants of the run that are not done yet, in their order.
    const std::vector<TenantId>& left() const { return left_; }
    Status note(const TenantId& id, const std::string& error);

private:
    RunRecord(Fd file, std::vector<TenantId> left) : file_(std::move(file)), left_(std::move(left)) {}
    Fd file_;
    std::vector<TenantId> left_;
};

}  // namespace mt::mtm
