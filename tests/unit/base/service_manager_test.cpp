#include "base/service_manager.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "base/files.hpp"

namespace {

/// A variable of the environment, for as long as it lives.
class Variable {
public:
    Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
    ~Variable() { ::unsetenv(name_); }

private:
    const char* name_;
};

/// The manager's end: a datagram socket with this name, "@…" an abstract one.
class Manager {
public:
    explicit Manager(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        name.copy(address.sun_path, name.size());
        if (name[0] == '@') address.sun_path[0] = '\0';
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0);
    }
    std::string heard() const {
        char text[256];
        const auto got = ::recv(socket_.get(), text, sizeof text, 0);
        return got > 0 ? std::string(text, static_cast<std::size_t>(got)) : std::string{};
    }

private:
    mt::Fd socket_;
};

std::string unique(const char* what) { return std::string{what} + std::to_string(::getpid()); }

}  // namespace

TEST_CASE("notify_service_manager: one datagram, to a path or to an abstract name") {
    const auto path = (std::filesystem::temp_directory_path() / unique("mtg-notify-")).native();
    for (const auto& name : {path, "@" + unique("mtg-notify-")}) {
        CAPTURE(name);
        const Manager manager{name};
        const Variable socket{"NOTIFY_SOCKET", name};
        mt::notify_service_manager("READY=1\nMAINPID=7");
        CHECK(manager.heard() == "READY=1\nMAINPID=7");
    }
    std::filesystem::remove(path);
}

TEST_CASE("notify_service_manager: what the manager waits for is not lost behind pings that it has not read") {
    const auto name = "@" + unique("mtg-notify-");
    const Manager manager{name};
    const Variable socket{"NOTIFY_SOCKET", name};
    for (int i = 0; i < 1000; ++i) mt::ping_service_manager();  // more than the kernel keeps; none waits
    std::size_t pings = 0;
    std::string said;
    std::thread reader{[&] {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
        while (said != "READY=1" && std::chrono::steady_clock::now() < end)
            if (said = manager.heard(); said == "WATCHDOG=1") ++pings;
    }};
    mt::notify_service_manager("READY=1");
    reader.join();
    CHECK(said == "READY=1");
    CHECK(pings > 0);
    CHECK(pings < 1000);
}

TEST_CASE("notify_service_manager: without a manager, or with one that is gone, nothing happens") {
    mt::notify_service_manager("READY=1");
    for (const auto& name : {std::string{"/nonexistent/notify"}, std::string{"@"}, std::string{"relative"}, std::string(200, '/')}) {
        CAPTURE(name);
        const Variable socket{"NOTIFY_SOCKET", name};
        CHECK_NOTHROW(mt::notify_service_manager("READY=1"));
    }
}

TEST_CASE("watchdog_interval: half of WATCHDOG_USEC, and nothing for what is no number") {
    CHECK_FALSE(mt::watchdog_interval());
    for (const char* bad : {"", "0", "-5", "x", "10 s"}) {
        CAPTURE(bad);
        const Variable patience{"WATCHDOG_USEC", bad};
        CHECK_FALSE(mt::watchdog_interval());
    }
    const Variable patience{"WATCHDOG_USEC", "30000000"};
    CHECK(mt::watchdog_interval() == std::chrono::seconds{15});
}

TEST_CASE("take_activated_sockets: what was opened for somebody else is not ours, and it is asked once") {
    {
        const Variable count{"LISTEN_FDS", "1"}, pid{"LISTEN_PID", "1"};
        CHECK(mt::take_activated_sockets().empty());
        CHECK(std::getenv("LISTEN_FDS") == nullptr);
    }
    // Descriptor 3 may be the test runner's: it is only looked at, and gets its flags back.
    const mt::Fd spare{::dup2(1, 3) == 3 ? 3 : -1};
    REQUIRE(spare.get() == 3);
    const Variable count{"LISTEN_FDS", "1"}, pid{"LISTEN_PID", std::to_string(::getpid())};
    CHECK(mt::take_activated_sockets() == std::vector<int>{3});
    CHECK((::fcntl(3, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(mt::take_activated_sockets().empty());
}
