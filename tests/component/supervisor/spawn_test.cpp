#include "gateway/supervisor/spawn.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

using namespace mt;
using namespace mt::gateway;

TEST_CASE("spawn: a program that is not there is an error and leaves no process") {
    const Fd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    const int n = null.get();
    const auto spawned = spawn({"/nonexistent/program", {}, {}, {n, n, n, n, n}});
    REQUIRE_FALSE(spawned.ok());
    CHECK(spawned.error().message() == "start /nonexistent/program: No such file or directory");
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("spawn: a descriptor that is closed is an error") {
    CHECK_FALSE(spawn({"/bin/true", {}, {}, {-1, -1, -1, -1, -1}}).ok());
}

TEST_CASE("spawn: descriptors end up in their places, whatever their numbers were") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const Fd from{ends[0]}, to{ends[1]};
    const Fd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    const int n = null.get();
    const auto spawned = spawn({"/bin/sh", {"-c", "echo $X >&4; ls /proc/self/fd | wc -l >&4"}, {"X=y", "PATH=/usr/bin:/bin"},
                                {n, n, n, n, to.get()}});
    REQUIRE(spawned.ok());
    int status = 0;
    REQUIRE(::waitpid(spawned->pid, &status, 0) == spawned->pid);
    CHECK(status == 0);
    char text[64]{};
    CHECK(::read(from.get(), text, sizeof text - 1) > 0);
    CHECK(std::string{text} == "y\n6\n");  // 0 to 4, and the folder that ls reads
}

TEST_CASE("spawn: what another thread closes meanwhile is closed, and epoll forgets it") {
    prepare_to_spawn();
    const Fd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    const int n = null.get();
    // What earlier tests have left free among the lowest numbers: a connection of a gateway has none of these.
    std::vector<Fd> low;
    do low.emplace_back(::fcntl(n, F_DUPFD_CLOEXEC, 0));
    while (low.back().get() < 64);
    std::atomic<bool> done = false;
    std::size_t told = 0, rounds = 0;
    std::thread closing{[&] {
        const Fd epoll{::epoll_create1(EPOLL_CLOEXEC)};
        for (; !done; ++rounds) {
            int ends[2];
            if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) continue;
            Fd watched{ends[0]};
            const Fd other{ends[1]};
            epoll_event event{};
            event.events = EPOLLIN;
            ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, watched.get(), &event);
            watched.reset();
            [[maybe_unused]] const auto put = ::send(other.get(), "x", 1, MSG_NOSIGNAL);
            if (::epoll_wait(epoll.get(), &event, 1, 0) > 0) ++told;
        }
    }};
    for (int i = 0; i < 300; ++i) {
        const auto spawned = spawn({"/bin/true", {}, {}, {n, n, n}});
        REQUIRE(spawned.ok());
        ::waitpid(spawned->pid, nullptr, 0);
    }
    done = true;
    closing.join();
    CHECK(rounds > 0);
    CHECK(told == 0);
}

TEST_CASE("spawn: processes that two threads start at once get their own descriptors") {
    prepare_to_spawn();
    const auto wrong_words = [](const std::string& word) {
        int wrong = 0;
        for (int i = 0; i < 200; ++i) {
            int ends[2];
            if (::pipe2(ends, O_CLOEXEC) != 0) return -1;
            const Fd from{ends[0]};
            Fd to{ends[1]};
            const auto spawned = spawn({"/bin/echo", {"-n", word}, {}, {to.get(), to.get(), to.get()}});
            to.reset();
            if (!spawned.ok()) return -1;
            char text[64]{};
            const auto count = ::read(from.get(), text, sizeof text);
            ::waitpid(spawned->pid, nullptr, 0);
            if (count < 0 || std::string(text, static_cast<std::size_t>(count)) != word) ++wrong;
        }
        return wrong;
    };
    int wrong_here = -1, wrong_there = -1;
    std::thread other{[&] { wrong_there = wrong_words("there"); }};
    wrong_here = wrong_words("here");
    other.join();
    CHECK(wrong_here == 0);
    CHECK(wrong_there == 0);
}
