#include "tenant-app/jobs/rights.hpp"

#include <grp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

namespace mt::app {

Status take_rights_of_tenant(const std::filesystem::path& folder) {
    struct stat data {};
    const bool root = ::geteuid() == 0;
    // A link is followed neither here nor by what opens the database.
    if (root && ::lstat((folder / "data").c_str(), &data) == 0 && S_ISDIR(data.st_mode) && data.st_uid != 0) {
        if (::setgroups(0, nullptr) != 0) return errno_error("setgroups");
        if (::setresgid(data.st_gid, data.st_gid, data.st_gid) != 0) return errno_error("setresgid");
        if (::setresuid(data.st_uid, data.st_uid, data.st_uid) != 0) return errno_error("setresuid");
    }
    // Behind the change of user, which would undo it (prctl(2)).
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    return {};
}

}  // namespace mt::app
