// Speaks the worker's contract of docs/ARCHITECTURE.md and nothing else. config.json of its folder says how it misbehaves:
// {"fake": {"crash_at_boot": true, "never_ready": true, "exit_after_ready_ms": 10, "deaf_to_drain": true, "error": {…}}}.
// Every connection gets one line, the process id, and is held until the client closes it.
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/control/document.hpp"
#include "base/json_file.hpp"

namespace {

void say(const std::string& line) {
    const auto text = line + "\n";
    if (::write(4, text.data(), text.size()) < 0) ::_exit(1);
}

int refuse(const mt::Error& error) {
    say("error " + mt::error_object(error).dump());
    return error.code() == mt::Errc::invalid_config ? 6 : 1;
}

/// What it was given, for the test of the contract.
void report_environment() {
    std::printf("session=%d group=%d\n", ::getsid(0) == ::getpid(), ::getpgid(0) == ::getpid());
    int deathsig = 0;
    ::prctl(PR_GET_PDEATHSIG, &deathsig);
    std::printf("deathsig=%d ppid_matches=%d\n", deathsig, std::to_string(::getppid()) == ::getenv("MTG_GATEWAY_PID"));
    for (int fd = 0; fd < 64; ++fd)
        if (::fcntl(fd, F_GETFD) >= 0) std::printf("fd=%d\n", fd);
    for (char** entry = environ; *entry; ++entry) std::printf("env=%s\n", *entry);
    std::fflush(stdout);
}

}  // namespace

int main(int, char** argv) {
    const auto file = mt::read_json_file(std::filesystem::path{argv[1]} / "config.json");
    mt::ordered_json config = mt::ordered_json::object();
    if (file.ok()) {
        auto parsed = mt::parse_config(*file);
        if (!parsed.ok()) return refuse(parsed.error());
        config = *parsed;
    }
    report_environment();
    const auto fake = config.value("fake", mt::ordered_json::object());
    if (fake.contains("error")) return refuse(mt::error_from(mt::json::parse(fake["error"].dump())));
    if (fake.value("crash_at_boot", false)) ::abort();
    if (fake.value("never_ready", false)) ::pause();
    say("warning a word of warning");
    say("ready");

    const int life = fake.value("exit_after_ready_ms", -1);
    const bool deaf = fake.value("deaf_to_drain", false);
    if (deaf) std::signal(SIGTERM, SIG_IGN);
    const auto started = std::chrono::steady_clock::now();
    bool draining = false;
    std::vector<int> connections;
    for (;;) {
        if (draining && connections.empty()) return 0;
        std::vector<pollfd> entries{{4, POLLIN, 0}, {draining ? -1 : 3, POLLIN, 0}};
        for (const int connection : connections) entries.push_back({connection, POLLIN, 0});
        ::poll(entries.data(), entries.size(), life >= 0 ? 5 : -1);
        if (life >= 0 && std::chrono::steady_clock::now() - started > std::chrono::milliseconds{life}) return 3;
        for (std::size_t i = 2; i < entries.size(); ++i) {
            char byte;
            if (entries[i].revents && ::recv(entries[i].fd, &byte, 1, MSG_DONTWAIT) == 0) {
                ::close(entries[i].fd);
                std::erase(connections, entries[i].fd);
            }
        }
        if (entries[1].revents) {
            const int connection = ::accept(3, nullptr, nullptr);
            if (connection >= 0) {
                const auto pid = std::to_string(::getpid()) + "\n";
                if (::write(connection, pid.data(), pid.size()) < 0) return 1;
                connections.push_back(connection);
            }
        }
        if (entries[0].revents) {
            char line[64];
            const auto got = ::read(4, line, sizeof line);
            if (got <= 0) return 0;  // the gateway is gone
            if (!deaf && std::string_view{line, static_cast<std::size_t>(got)}.ends_with("drain\n")) {
                draining = true;
                ::close(3);
                say("draining");
            }
        }
    }
}
