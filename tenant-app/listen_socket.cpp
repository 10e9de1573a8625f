#include "tenant-app/listen_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

#include "base/layout.hpp"

namespace mt::app {

Result<Fd> listen_on(const std::filesystem::path& path) {
    MT_CHECK(check_socket_path(path));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.native().copy(address.sun_path, sizeof(address.sun_path) - 1);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);

    const Fd probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (!probe) return errno_error("socket");
    if (::connect(probe.get(), generic, sizeof(address)) == 0)
        return Error{Errc::conflict, "another process serves " + path.native()};
    // A regular file refuses connections too, and is not ours to remove.
    struct stat info {};
    if (errno == ECONNREFUSED && ::stat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode)) ::unlink(path.c_str());

    Fd listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (!listener) return errno_error("socket");
    if (::bind(listener.get(), generic, sizeof(address)) != 0) return errno_error("bind", path.native());
    if (::listen(listener.get(), SOMAXCONN) != 0) return errno_error("listen", path.native());
    return listener;
}

}  // namespace mt::app
