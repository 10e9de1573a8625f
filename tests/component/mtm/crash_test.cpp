#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>

#include "mtm_fixture.hpp"

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

namespace {

// A sanitizer's runtime writes and locks on its own: which call the kill comes before would say nothing about ours.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool k_sanitized = true;
#else
constexpr bool k_sanitized = false;
#endif

/// The system calls that change something on disk. Opening to read is none: there would be as many as there are files.
bool changes_files(const __ptrace_syscall_info& call) {
    switch (call.entry.nr) {
#ifdef SYS_mkdir
        case SYS_mkdir:
        case SYS_rename:
        case SYS_unlink:
        case SYS_rmdir:
        case SYS_chmod:
#endif
        case SYS_mkdirat:
        case SYS_write:
        case SYS_fsync:
        case SYS_fchmod:
        case SYS_renameat2:
        case SYS_unlinkat:
        case SYS_flock: return true;
        case SYS_openat: return (call.entry.args[2] & O_CREAT) != 0;
        default: return false;
    }
}

/// Runs mtm and kills it before the call number `at` (0-based) of those. True: it was killed; false: it came to its end before.
bool killed_before(const Installation& mtg, const Words& arguments, int at) {
    const pid_t pid = mtg.start(arguments, true);
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);  // the stop at exec
    REQUIRE(WIFSTOPPED(status));
    ::ptrace(PTRACE_SETOPTIONS, pid, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    int seen = 0, deliver = 0;
    for (;;) {
        ::ptrace(PTRACE_SYSCALL, pid, nullptr, deliver);
        if (::waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) return false;
        deliver = WSTOPSIG(status) == (SIGTRAP | 0x80) ? 0 : WSTOPSIG(status);
        if (deliver != 0) continue;
        __ptrace_syscall_info info{};
        ::ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info);
        if (info.op != PTRACE_SYSCALL_INFO_ENTRY || !changes_files(info) || seen++ < at) continue;
        ::kill(pid, SIGKILL);
        ::waitpid(pid, &status, 0);
        return true;
    }
}

Words names_below(const std::map<std::string, std::string>& tree, const std::string& id) {
    Words names;
    for (const auto& [path, content] : tree)
        if (path.starts_with(id + "/")) names.push_back(path.substr(id.size()));
    return names;
}

}  // namespace

TEST_CASE("mtm add: killed before any of its system calls, the tenant is whole or not there, and the next one clears up" * doctest::skip(k_sanitized)) {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "whole"}).code == 0);
    const auto expected = names_below(mtg.tree(), "whole");
    int kills = 0, there = 0, left = 0;
    for (; kills < 200 && killed_before(mtg, {"add", "foo"}, kills); ++kills) {
        CAPTURE(kills);
        left += mtg.entries(".staging") > 0 ? 1 : 0;
        const bool whole = fs::exists(mtg.tenants() / "foo");
        if (whole) {
            ++there;
            REQUIRE(names_below(mtg.tree(), "foo") == expected);
            REQUIRE(mtg.mtm({"remove", "foo"}).code == 0);
        }
        // Whoever comes next clears up, now and then for another tenant.
        const std::string next = kills % 2 == 0 ? "next" : "foo";
        REQUIRE(mtg.mtm({"add", next}).code == 0);
        REQUIRE(mtg.entries(".staging") == 0);
        REQUIRE(names_below(mtg.tree(), next) == expected);
        REQUIRE(mtg.mtm({"remove", next}).code == 0);
    }
    MESSAGE("killed " << kills << " times: " << there << " tenants whole, " << left << " times something left in .staging");
    CHECK(kills > 20);
    CHECK(there > 0);
    CHECK(left > 0);
    CHECK(names_below(mtg.tree(), "foo") == expected);  // the last one was not killed
}

TEST_CASE("mtm model: killed before any of its system calls, the next one finishes it or finds it there" * doctest::skip(k_sanitized)) {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "foo"}).code == 0);
    int kills = 0, begun = 0;
    for (; kills < 300 && killed_before(mtg, {"model", "foo:Customer"}, kills); ++kills) {
        CAPTURE(kills);
        REQUIRE(mtg.mtm({"check", "foo"}).code == 0);
        const int again = mtg.mtm({"model", "foo:Customer"}).code;
        REQUIRE((again == 0 || again == 5));
        begun += again == 5 ? 1 : 0;
        REQUIRE(mtg.mtm({"model", "show", "foo:Customer"}).code == 0);
        REQUIRE(mtg.mtm({"model", "remove", "foo:Customer"}).code == 0);
        REQUIRE(mtg.mtm({"doctor", "--repair"}).code == 0);
    }
    CHECK(kills > 5);
    CHECK(kills < 300);
    CHECK(begun > 0);
}

TEST_CASE("mtm remove: killed before any of its system calls, the tenant is wholly there or wholly in the trash" * doctest::skip(k_sanitized)) {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "foo"}).code == 0);
    const auto expected = mtg.tree();
    int kills = 0, gone = 0;
    for (; kills < 50 && killed_before(mtg, {"remove", "foo"}, kills); ++kills) {
        CAPTURE(kills);
        if (!fs::exists(mtg.tenants() / "foo")) {
            ++gone;
            REQUIRE(mtg.mtm({"undelete", "foo"}).code == 0);
        }
        REQUIRE(mtg.tree() == expected);
    }
    CHECK(kills > 2);
    CHECK(gone > 0);
    CHECK_FALSE(fs::exists(mtg.tenants() / "foo"));
}

TEST_CASE("mtm add: of several at once for one id exactly one wins") {
    const Installation mtg;
    for (int round = 0; round < 5; ++round) {
        CAPTURE(round);
        std::vector<pid_t> pids;
        for (int i = 0; i < 6; ++i) pids.push_back(mtg.start({"add", "foo"}));
        std::vector<int> codes;
        for (const auto pid : pids) codes.push_back(wait_for(pid));
        CHECK(std::count(codes.begin(), codes.end(), 0) == 1);
        CHECK(std::count(codes.begin(), codes.end(), 5) == 5);
        CHECK(mtg.entries(".staging") == 0);
        REQUIRE(mtg.mtm({"remove", "foo"}).code == 0);
    }
}

TEST_CASE("mtm add: several ids at once do not disturb each other") {
    const Installation mtg;
    std::vector<pid_t> pids;
    for (int i = 0; i < 6; ++i) pids.push_back(mtg.start({"add", "t" + std::to_string(i)}));
    for (const auto pid : pids) CHECK(wait_for(pid) == 0);
    CHECK(mtg.mtm({"list", "--json"}).document()["data"].size() == 6);
    CHECK(mtg.mtm({"check", "--all"}).code == 0);
}
