#include "base/pass_descriptor.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cassert>
#include <cerrno>
#include <cstring>

namespace mt {

namespace {

/// Room for the descriptors, aligned as the kernel wants it.
union ControlRoom {
    cmsghdr header;
    char bytes[CMSG_SPACE(k_passed_max * sizeof(int))];
};

}  // namespace

ssize_t send_with_descriptors(int socket, std::string_view bytes, std::span<const int> passed) {
    assert(passed.size() <= k_passed_max);
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    ControlRoom room{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (!passed.empty()) {
        message.msg_control = &room;
        message.msg_controllen = CMSG_SPACE(passed.size_bytes());
        auto* const header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(passed.size_bytes());
        std::memcpy(CMSG_DATA(header), passed.data(), passed.size_bytes());
    }
    ssize_t sent;
    do sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent;
}

ssize_t receive_with_descriptors(int socket, char* room, std::size_t size, std::vector<Fd>& passed) {
    iovec part{room, size};
    ControlRoom control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    const auto got = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    const auto* const header = got >= 0 ? CMSG_FIRSTHDR(&message) : nullptr;
    if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return got;
    const auto count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
        passed.emplace_back(fd);
    }
    return got;
}

ssize_t send_with_descriptor(int socket, std::string_view bytes, int passed) {
    return send_with_descriptors(socket, bytes, {&passed, passed >= 0 ? 1u : 0u});
}

ssize_t receive_with_descriptor(int socket, char* room, std::size_t size, Fd& passed) {
    std::vector<Fd> came;
    const auto got = receive_with_descriptors(socket, room, size, came);
    if (!came.empty()) passed = std::move(came.front());
    return got;
}

}  // namespace mt
