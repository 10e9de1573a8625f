#include "tenant-app/exec/readiness.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace mt::app {

namespace {

/// An abstract address that the kernel chooses: a path would have to be where the program may write.
Result<Fd> bind_notify_socket(std::string& shown) {
    Fd fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socklen_t size = sizeof(sa_family_t);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    const int on = 1;
    if (!fd || ::bind(fd.get(), generic, size) != 0 ||
        ::setsockopt(fd.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0)
        return errno_error("make a socket for sd_notify");
    size = sizeof address;
    if (::getsockname(fd.get(), generic, &size) != 0) return errno_error("name the socket for sd_notify");
    shown.assign(address.sun_path, size - offsetof(sockaddr_un, sun_path));
    shown.front() = '@';
    return fd;
}

bool says_ready(std::string_view message) {
    for (std::size_t begin = 0; begin < message.size();) {
        const auto end = std::min(message.find('\n', begin), message.size());
        if (message.substr(begin, end - begin) == "READY=1") return true;
        begin = end + 1;
    }
    return false;
}

/// A connection to the program, or nothing yet.
Fd connect_to(const sockaddr* address, socklen_t size) {
    Fd fd{::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd) return {};
    if (::connect(fd.get(), address, size) == 0) return fd;
    if (errno != EINPROGRESS) return {};
    pollfd entry{fd.get(), POLLOUT, 0};
    int failure = ETIMEDOUT;
    socklen_t failure_size = sizeof failure;
    constexpr int k_patience_ms = 100;  // on this machine it is done or refused at once
    if (::poll(&entry, 1, k_patience_ms) == 1) ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &failure, &failure_size);
    return failure == 0 ? std::move(fd) : Fd{};
}

Fd connect_to(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.native().copy(address.sun_path, sizeof address.sun_path - 1);
    return connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

Fd connect_to(unsigned short port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

}  // namespace

Result<Readiness> Readiness::prepare(ProgramDoor door) {
    Readiness out;
    out.door_ = std::move(door);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return errno_error("make a pipe");
    out.pipe_ = Fd{ends[0]};
    out.theirs_ = Fd{ends[1]};
    ::fcntl(out.pipe_.get(), F_SETFL, O_NONBLOCK);
    MT_TRY(out.notify_, bind_notify_socket(out.notify_address_));
    if (out.door_.listener >= 0) {
        out.listener_ = Fd{out.door_.listener};
        sockaddr_un address{};
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        if (::getsockname(out.door_.listener, generic, &size) != 0 || address.sun_family != AF_UNIX)
            return Error{Errc::usage, "descriptor 3 is no listening UNIX socket"};
        out.door_.socket = address.sun_path;
    }
    return out;
}

bool Readiness::read_pipe() {
    char byte;
    const auto got = ::read(pipe_.get(), &byte, 1);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    pipe_.reset();  // a program that does not know of it may close it: that says nothing
    return got == 1;
}

bool Readiness::read_notify(pid_t program) {
    std::array<char, 4096> bytes;
    iovec part{bytes.data(), bytes.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> room{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = room.data();
    message.msg_controllen = room.size();
    const auto got = ::recvmsg(notify_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    const auto* const header = got > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
    if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_CREDENTIALS) return false;
    ucred sender{};
    std::memcpy(&sender, CMSG_DATA(header), sizeof sender);
    if (sender.pid != program && ::getsid(sender.pid) != program) return false;
    return says_ready({bytes.data(), static_cast<std::size_t>(got)});
}

bool Readiness::probe() {
    if (!probe_) probe_ = door_.port ? connect_to(door_.port) : connect_to(door_.socket);
    if (!probe_) return false;
    if (!listener_) return true;
    // The kernel connects whoever comes to a listening socket; it is readable as long as nobody has accepted that.
    pollfd entry{listener_.get(), POLLIN, 0};
    return ::poll(&entry, 1, 0) == 0;
}

void Readiness::ready() {
    probe_.reset();
    listener_.reset();
}

}  // namespace mt::app
