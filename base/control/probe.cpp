#include "base/control/probe.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <memory>

#include "base/files.hpp"

namespace mt {

namespace {

constexpr std::size_t k_probed_head_max = 64u << 10;

std::string reachable(const std::string& host) {
    if (host == "0.0.0.0") return "127.0.0.1";
    return host == "::" || host == "[::]" ? "::1" : host;
}

bool same_name(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                              [&](char x, char y) { return lower(x) == lower(y); });
}

Result<Fd> connect_to(const ListenText& listen, std::chrono::milliseconds patience) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (::getaddrinfo(reachable(listen.host).c_str(), std::to_string(listen.port).c_str(), &wanted, &found) != 0)
        return Error{Errc::unavailable, listen.str() + " is no address"};
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses{found, ::freeaddrinfo};
    Fd fd{::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (!fd) return errno_error("make a socket");
    const timeval time{patience.count() / 1000, patience.count() % 1000 * 1000};
    for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) ::setsockopt(fd.get(), SOL_SOCKET, option, &time, sizeof time);
    if (::connect(fd.get(), found->ai_addr, found->ai_addrlen) != 0)
        return Error{Errc::unavailable, "cannot connect to " + listen.str() + ": " + errno_error("connect").message()};
    return fd;
}

}  // namespace

std::string ProbeAnswer::field(std::string_view name) const {
    for (std::size_t at = head.find("\r\n"); at != std::string::npos; at = head.find("\r\n", at + 2)) {
        const auto line = std::string_view{head}.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || !same_name(line.substr(0, colon), name)) continue;
        const auto value = line.substr(colon + 1);
        const auto first = value.find_first_not_of(' ');
        return std::string{first == std::string_view::npos ? "" : value.substr(first)};
    }
    return {};
}

Result<ProbeAnswer> probe(const ListenText& listen, std::string_view path, std::chrono::milliseconds patience) {
    MT_TRY(const auto fd, connect_to(listen, patience));
    std::string request{"GET "};
    request.append(path).append(" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    if (::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
        return errno_error("send to", listen.str());
    ProbeAnswer answer;
    char chunk[4096];
    while (answer.head.find("\r\n\r\n") == std::string::npos && answer.head.size() < k_probed_head_max) {
        const auto got = ::recv(fd.get(), chunk, sizeof chunk, 0);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return Error{Errc::timed_out, listen.str() + " did not answer in time"};
        if (got <= 0) break;
        answer.head.append(chunk, static_cast<std::size_t>(got));
    }
    const bool is_http = answer.head.starts_with("HTTP/1.1 ") && answer.head.size() > 12;
    if (is_http) std::from_chars(answer.head.data() + 9, answer.head.data() + 12, answer.status);
    if (answer.status == 0) return Error{Errc::failed, "what answers at " + listen.str() + " does not speak HTTP"};
    answer.head.resize(std::min(answer.head.size(), answer.head.find("\r\n\r\n") + 2));
    return answer;
}

}  // namespace mt
