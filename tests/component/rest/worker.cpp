#include "tests/component/rest/worker.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/pass_descriptor.hpp"
#include "tests/support/environment.hpp"

namespace mt::test {

namespace fs = std::filesystem;

namespace {

void be_patient(int fd) {
    const timeval patience{10, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

sockaddr_un address_of(const fs::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.native().copy(address.sun_path, sizeof(address.sun_path) - 1);
    return address;
}

void write_tenant(const fs::path& folder, std::string_view config) {
    fs::create_directory(folder / "models");
    std::ofstream{folder / "config.json"} << config;
    std::ofstream{folder / "datasources.json"} << R"({"db": {"connector": "memory"}})";
    std::ofstream{folder / "model-config.json"} << R"({"Note": {"dataSource": "db", "public": true}})";
    std::ofstream{folder / "models" / "note.json"}
        << R"({"name": "Note", "base": "PersistedModel", "properties": {"title": {"type": "string", "required": true}}})";
}

}  // namespace

Worker::Worker(std::string_view config, bool wait_ready, const Files& files) {
    std::string name = (fs::temp_directory_path() / "mt_worker_XXXXXX").native();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    write_tenant(folder_, config);
    for (const auto& [path, text] : files) {
        fs::create_directories((folder_ / path).parent_path());
        std::ofstream{folder_ / path} << text;
    }

    listener_ = Fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const auto address = address_of(folder_ / "w.sock");
    REQUIRE(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    REQUIRE(::listen(listener_.get(), 64) == 0);
    spawn(-1);
    if (wait_ready) this->wait_ready();
}

Worker::Worker(Replacing replacing) : folder_(replacing.worker.folder_), owns_folder_(false) {
    const Worker& predecessor = replacing.worker;
    listener_ = Fd{::fcntl(predecessor.listener_.get(), F_DUPFD_CLOEXEC, 10)};
    std::array<int, 2> link{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link.data()) == 0);
    const Fd theirs{link[0]}, ours{::fcntl(link[1], F_DUPFD_CLOEXEC, 10)};
    ::close(link[1]);
    spawn(ours.get());
    REQUIRE(send_with_descriptor(predecessor.control_.get(), "successor\n", theirs.get()) > 0);
    wait_ready();
}

void Worker::spawn(int predecessor_link) {
    std::array<int, 2> pair{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) == 0);
    control_ = Fd{pair[0]};
    // Above 5, so that no dup2 below overwrites another's source.
    const Fd theirs{::fcntl(pair[1], F_DUPFD_CLOEXEC, 10)}, socket{::fcntl(listener_.get(), F_DUPFD_CLOEXEC, 10)};
    ::close(pair[1]);
    be_patient(control_.get());

    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, socket.get(), 3);
    ::posix_spawn_file_actions_adddup2(&actions, theirs.get(), 4);
    if (predecessor_link >= 0) ::posix_spawn_file_actions_adddup2(&actions, predecessor_link, 5);
    std::string program = told_by_ctest("MT_BIN") + "/tenant-app", folder = folder_.native(), mode = "serve";
    char* const words[] = {program.data(), folder.data(), mode.data(), nullptr};
    REQUIRE(::posix_spawn(&pid_, program.c_str(), &actions, nullptr, words, environ) == 0);
    ::posix_spawn_file_actions_destroy(&actions);
}

void Worker::wait_ready() {
    std::string line = hear();
    while (line.starts_with("warning ")) line = hear();
    REQUIRE(line == "ready");
}

Worker::~Worker() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    std::error_code ignored;
    if (owns_folder_) fs::remove_all(folder_, ignored);
}

Fd Worker::connect() const {
    Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const auto address = address_of(folder_ / "w.sock");
    REQUIRE(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    be_patient(fd.get());
    return fd;
}

void Worker::say(std::string_view line) const { send_bytes(control_, std::string{line} + "\n"); }

std::string Worker::hear() {
    for (;;) {
        if (const auto end = heard_.find('\n'); end != std::string::npos) {
            auto line = heard_.substr(0, end);
            heard_.erase(0, end + 1);
            return line;
        }
        std::array<char, 1024> bytes;
        const auto got = ::recv(control_.get(), bytes.data(), bytes.size(), 0);
        if (got <= 0) return {};
        heard_.append(bytes.data(), static_cast<std::size_t>(got));
    }
}

int Worker::exit_code() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (std::chrono::steady_clock::now() < deadline) {
        int status = 0;
        if (::waitpid(pid_, &status, WNOHANG) == pid_) {
            pid_ = -1;
            return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{1});  // there is no descriptor to wait on for a child without pidfd
    }
    return -1;
}

void send_bytes(const Fd& connection, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto put = ::send(connection.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (put < 0) return;  // the peer has answered early and closed: the test looks at the answer
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
}

std::string read_answer(const Fd& connection, bool to_head) {
    std::string bytes;
    std::size_t wanted = std::string::npos;
    // Byte by byte, so that a pipelined answer behind this one stays in the socket.
    for (char c = 0; bytes.size() < wanted && ::recv(connection.get(), &c, 1, 0) == 1;) {
        bytes += c;
        if (wanted != std::string::npos || !bytes.ends_with("\r\n\r\n")) continue;
        const auto field = bytes.find("Content-Length: ");
        wanted = bytes.size() + (to_head || field == std::string::npos ? 0 : std::stoul(bytes.substr(field + 16)));
    }
    return bytes;
}

bool is_closed(const Fd& connection) {
    char c = 0;
    return ::recv(connection.get(), &c, 1, 0) == 0;
}

}  // namespace mt::test
