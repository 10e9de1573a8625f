#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/isolation_order.hpp"

namespace mt::app::sandbox {

/// What a process may still do once it is confined. Pure data: made from configuration, read by apply().
struct Plan {
    IsolationOrder order;
    bool foreign_program = false;  ///< of the tenant's choice: it starts processes, signals them, opens sockets
    std::filesystem::path folder;  ///< the tenant's; all of it may be read
    std::vector<std::filesystem::path> writable;  ///< folders; made if missing, and given to the tenant's user
    std::vector<std::filesystem::path> readable;  ///< files and folders outside; what is not there is no mistake
    std::vector<std::filesystem::path> readable_as_own_user;  ///< the same, only where it has become a user of its own
    std::vector<std::filesystem::path> runs;      ///< programs that may be executed, or folders of such; empty: none
    /// TCP ports that it may connect to. Empty: no sockets at all. Nothing: any.
    std::optional<std::vector<std::uint16_t>> ports = std::vector<std::uint16_t>{};
    bool unix_sockets = false;  ///< it may open UNIX sockets, too; a foreign program always may
};

/// What a worker of ours needs beyond its folder.
struct WorkerNeeds {
    std::vector<std::filesystem::path> writable = {}; ///< absolute, in the tenant's folder: of its databases, its outbox
    std::optional<std::uint16_t> mail_port = {};    ///< it has tenant-mail deliver mail to this port
    std::vector<std::uint16_t> database_ports = {}; ///< of the servers that its datasources name
    bool unix_sockets = false;                    ///< one of them is reached by a UNIX socket
};

/// `programs` is the folder of tenant-app and tenant-mail.
Plan plan_for_worker(IsolationOrder order, const std::filesystem::path& folder, WorkerNeeds needs,
                     const std::filesystem::path& programs);

/// For `tenant-app <folder> exec`: a program that runs in its tenant's folder, with the system's programs and
/// libraries to read and execute, `data`, `files` and `tmp` of the folder to write, and what is in `writable` beside
/// (absolute).
Plan plan_for_program(IsolationOrder order, const std::filesystem::path& folder,
                      std::vector<std::filesystem::path> writable = {});

}  // namespace mt::app::sandbox
