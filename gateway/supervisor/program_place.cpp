#include "gateway/supervisor/program_place.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "base/layout.hpp"

namespace mt::gateway {

namespace fs = std::filesystem;

namespace {

/// A port that nobody has just now. The kernel would keep it for a socket of ours, but then the program could not have it.
Result<unsigned short> free_port(const PortBook& given) {
    constexpr int k_tries = 100;
    for (int i = 0; i < k_tries; ++i) {
        const Fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        if (!fd || ::bind(fd.get(), generic, size) != 0 || ::getsockname(fd.get(), generic, &size) != 0)
            return errno_error("find a free port");
        const auto port = ntohs(address.sin_port);
        if (!given.contains(port)) return port;
    }
    return Error{Errc::failed, "no port is free"};
}

}  // namespace

Result<Fd> listen_on_socket(const fs::path& path) {
    MT_CHECK(check_socket_path(path));
    Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd) return errno_error("make a socket");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.native().size() + 1);  // check_socket_path has measured it
    ::unlink(path.c_str());
    const auto mask = ::umask(0077);
    const int bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::umask(mask);
    constexpr int k_backlog = 4096;
    if (bound != 0 || ::listen(fd.get(), k_backlog) != 0) return errno_error("listen on", path.native());
    return fd;
}

Result<std::unique_ptr<ProgramPlace>> ProgramPlace::make(const std::string& listen, fs::path socket_path,
                                                         std::shared_ptr<PortBook> ports) {
    UpstreamAddress address;
    Fd listener;
    if (listen == "port") {
        MT_TRY(address.port, free_port(*ports));
        address.host = "127.0.0.1";
        ports->insert(address.port);
    } else {
        MT_CHECK(check_socket_path(socket_path));
        address.socket_path = socket_path.native();
        if (listen == "fd") {
            MT_TRY(listener, listen_on_socket(socket_path));
            // As systemd hands them out: a program that wants to wait in accept() may.
            ::fcntl(listener.get(), F_SETFL, 0);
        } else if (::mkdir(socket_path.parent_path().c_str(), 0700) != 0) {
            return errno_error("create", socket_path.parent_path().native());
        }
    }
    return std::unique_ptr<ProgramPlace>{new ProgramPlace{std::move(address), std::move(listener), std::move(ports)}};
}

ProgramPlace::ProgramPlace(UpstreamAddress address, Fd listener, std::shared_ptr<PortBook> ports)
    : address_(std::move(address)), listener_(std::move(listener)), inherited_(listener_), ports_(std::move(ports)) {}

ProgramPlace::~ProgramPlace() {
    std::error_code ignored;
    if (address_.port != 0) ports_->erase(address_.port);
    else if (inherited_) ::unlink(address_.socket_path.c_str());
    else fs::remove_all(fs::path{address_.socket_path}.parent_path(), ignored);
}

std::vector<std::string> ProgramPlace::arguments() const {
    if (address_.port != 0) return {"exec", "--port", std::to_string(address_.port)};
    if (inherited_) return {"exec"};
    return {"exec", "--socket", address_.socket_path};
}

fs::path program_socket(const fs::path& tenant_socket, std::uint64_t number, const std::string& listen) {
    auto path = tenant_socket;
    path.replace_extension(std::to_string(number) + ".sock");
    return listen == "socket" ? path / "s" : path;
}

void remove_program_sockets(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::path> left;
    for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error)) {
        const auto number = at->path().stem().extension().native();  // ".3" of foo.3.sock
        const bool counted = number.size() > 1 && number.find_first_not_of("0123456789", 1) == std::string::npos;
        if (counted && at->path().extension() == ".sock") left.push_back(at->path());
    }
    for (const auto& path : left) fs::remove_all(path, error);
}

}  // namespace mt::gateway
