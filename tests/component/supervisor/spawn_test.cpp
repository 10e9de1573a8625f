#include "gateway/supervisor/spawn.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

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
