#include "base/service_manager.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/files.hpp"

namespace mt {

namespace {

constexpr int k_first_activated = 3, k_activated_max = 256;

/// The variable as a number above 0; 0 if it is none.
std::int64_t number_of(const char* variable) {
    const char* const value = std::getenv(variable);
    const std::string_view text = value ? value : "";
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() && number > 0 ? number : 0;
}

constexpr timeval k_send_wait_max{1, 0};

void send_to_manager(std::string_view lines, int flags) {
    const char* const value = std::getenv("NOTIFY_SOCKET");
    const std::string_view path = value ? value : "";
    sockaddr_un address{};
    if (path.size() < 2 || path.size() >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@')) return;
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, path.size());
    if (path[0] == '@') address.sun_path[0] = '\0';  // an abstract name (unix(7))
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (path[0] == '/'));
    const Fd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &k_send_wait_max, sizeof k_send_wait_max);
    ::sendto(socket.get(), lines.data(), lines.size(), MSG_NOSIGNAL | flags, reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace

void notify_service_manager(std::string_view lines) { send_to_manager(lines, 0); }

void ping_service_manager() { send_to_manager("WATCHDOG=1", MSG_DONTWAIT); }

std::optional<std::chrono::milliseconds> watchdog_interval() {
    const std::chrono::microseconds patience{number_of("WATCHDOG_USEC")};
    if (patience.count() == 0) return std::nullopt;
    return std::max(std::chrono::milliseconds{1}, std::chrono::duration_cast<std::chrono::milliseconds>(patience / 2));
}

std::vector<int> take_activated_sockets() {
    std::vector<int> sockets;
    const auto count = number_of("LISTEN_FDS");
    if (number_of("LISTEN_PID") == ::getpid() && count <= k_activated_max)
        for (int fd = k_first_activated; fd < k_first_activated + count; ++fd)
            if (::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0) sockets.push_back(fd);
    for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(variable);
    return sockets;
}

}  // namespace mt
