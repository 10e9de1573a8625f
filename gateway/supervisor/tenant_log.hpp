#pragma once
#include <filesystem>

#include "base/files.hpp"

namespace mt::gateway {

/// Opens a tenant's log for its worker, O_APPEND, mode 0600, turned first if it is above 10 MiB: foo.log → foo.log.1 → .2 → .3.
Result<Fd> open_tenant_log(const std::filesystem::path& path);

/// Cuts the log of a running worker, which holds the file open: its content is copied to .1 and the file is emptied. What is
/// written in between is lost; the disk is not. False: there was nothing to cut.
bool limit_tenant_log(const std::filesystem::path& path);

}  // namespace mt::gateway
