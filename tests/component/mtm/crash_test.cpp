#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "mtm_fixture.hpp"

namespace fs = std::filesystem;

namespace {

/// Lets time pass without being about time: the kill lands after another share of the run in each round.
void pass(std::chrono::microseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) ::poll(nullptr, 0, 0);
}

std::vector<std::string> names_below(const std::map<std::string, std::string>& tree, const std::string& id) {
    std::vector<std::string> names;
    for (const auto& [path, content] : tree)
        if (path.starts_with(id + "/")) names.push_back(path.substr(id.size()));
    return names;
}

}  // namespace

TEST_CASE("mtm add: killed anywhere, the tenant is wholly there or not at all, and the next one clears up") {
    const Installation mtg;
    const auto begun = std::chrono::steady_clock::now();
    REQUIRE(mtg.mtm({"add", "whole"}).code == 0);
    const auto whole_run = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
    const auto expected = names_below(mtg.tree(), "whole");

    constexpr int rounds = 40;
    int there = 0, left = 0;
    for (int round = 0; round < rounds; ++round) {
        CAPTURE(round);
        const pid_t pid = mtg.start({"add", "foo"});
        pass(whole_run * round / rounds);
        ::kill(-pid, SIGKILL);
        ::kill(pid, SIGKILL);
        wait_for(pid);
        left += mtg.entries(".staging") > 0 ? 1 : 0;
        if (fs::exists(mtg.tenants() / "foo")) {
            ++there;
            CHECK(names_below(mtg.tree(), "foo") == expected);
            REQUIRE(mtg.mtm({"remove", "foo"}).code == 0);
        }
        if (round % 8 == 7) {  // whoever comes next clears up, also for another tenant
            REQUIRE(mtg.mtm({"add", "next"}).code == 0);
            CHECK(mtg.entries(".staging") == 0);
            REQUIRE(mtg.mtm({"remove", "next"}).code == 0);
        }
    }
    MESSAGE("killed " << rounds << " times: " << there << " tenants whole, " << left << " times something left in .staging");
    CHECK(mtg.mtm({"add", "foo"}).code == 0);
    CHECK(names_below(mtg.tree(), "foo") == expected);
}

TEST_CASE("mtm model: killed anywhere, the next one succeeds or finds it there") {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "foo"}).code == 0);
    const auto begun = std::chrono::steady_clock::now();
    REQUIRE(mtg.mtm({"model", "foo:Whole"}).code == 0);
    const auto whole_run = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
    constexpr int rounds = 20;
    for (int round = 0; round < rounds; ++round) {
        CAPTURE(round);
        const auto address = "foo:Model" + std::to_string(round);
        const pid_t pid = mtg.start({"model", address});
        pass(whole_run * round / rounds);
        ::kill(-pid, SIGKILL);
        ::kill(pid, SIGKILL);
        wait_for(pid);
        CHECK(mtg.mtm({"check", "foo"}).code == 0);
        const int again = mtg.mtm({"model", address}).code;
        CHECK((again == 0 || again == 5));
        CHECK(mtg.mtm({"model", "show", address}).code == 0);
    }
}

TEST_CASE("mtm add: of several at once for one id exactly one wins") {
    const Installation mtg;
    for (int round = 0; round < 5; ++round) {
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
