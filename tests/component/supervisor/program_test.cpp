// `command` tenants: the supervisor with the real keeper, tenant-app, and a program in Python.
#include <doctest/doctest.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <fstream>

#include "tests/component/supervisor/stage.hpp"

using namespace mt;
using namespace mt::gateway;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

Timings patient() {
    auto timings = Stage::quick();
    timings.start_deadline = 9s;  // Python under sanitizers and load
    timings.healthy_after = 0ms;
    timings.term_grace = 1s;
    return timings;
}

struct Programs : Stage {
    explicit Programs(Timings with = patient()) : Stage(with) { worker_program = MT_TENANT_APP; }

    static json tenant(const std::vector<std::string>& options = {}, const std::string& listen = "fd") {
        std::vector<std::string> words{"python3", MT_PROGRAM};
        words.insert(words.end(), options.begin(), options.end());
        return {{"command", words}, {"listen", listen}};
    }
    /// Without walls: most of these programs lie and write outside their tenants' folders.
    void write_tenant(const std::string& id, json what) {
        what["isolation"] = "off";
        write(id + "/tenant.json", what.dump());
    }

    /// A request for /, at the place that the table names now.
    json get(const std::string& id) const {
        const auto entry = proxy.entry(id);
        const bool tcp = !entry->host.empty();
        const Fd fd{::socket(tcp ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        sockaddr_un local{};
        sockaddr_in remote{};
        local.sun_family = AF_UNIX;
        std::strcpy(local.sun_path, entry->socket_path.c_str());
        remote.sin_family = AF_INET;
        remote.sin_port = htons(entry->port);
        remote.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const auto* address = reinterpret_cast<const sockaddr*>(&local);
        if (tcp) address = reinterpret_cast<const sockaddr*>(&remote);
        REQUIRE(::connect(fd.get(), address, tcp ? sizeof remote : sizeof local) == 0);
        const std::string request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        REQUIRE(::write(fd.get(), request.data(), request.size()) == static_cast<ssize_t>(request.size()));
        std::string answer;
        char piece[4096];
        for (ssize_t got; (got = ::read(fd.get(), piece, sizeof piece)) > 0;)
            answer.append(piece, static_cast<std::size_t>(got));
        return json::parse(answer.substr(answer.find("\r\n\r\n") + 4));
    }

    /// Of the process that serves or starts; 0 if there is none.
    int pid(const std::string& id) {
        const auto pid = status(id)["pid"];
        return pid.is_number() ? pid.get<int>() : 0;
    }
    int want_another(const std::string& id, int old) {
        until("another process", [&] {
            const int now = pid(id);
            return now != 0 && now != old && state(id) == "ready";
        });
        return pid(id);
    }
    void until_dead(int pid) {
        until("the process to be gone", [&] { return !alive(pid); });
    }
    std::vector<int> grandchildren(const std::string& file) {
        until("the grandchildren", [&] { return fs::exists(folder / file); });
        std::ifstream list{folder / file};
        int one = 0, other = 0;
        list >> one >> other;
        REQUIRE(alive(one));
        REQUIRE(alive(other));
        return {one, other};
    }
};

}  // namespace

TEST_CASE("a command serves a tenant on an inherited socket, at a port or at a path, with a clean environment") {
    Programs stage;
    for (const std::string listen : {"fd", "port", "socket"}) {
        auto tenant = Programs::tenant({"an argument"}, listen);
        tenant["env"] = {{"GREETING", "hello ${LANG}"}, {"SECRET", "${file:secret}"}};
        stage.write(listen + "/secret", "s3cret\n");
        stage.write_tenant(listen, tenant);
    }
    ::setenv("SECRET_OF_THE_GATEWAY", "canary", 1);
    stage.environment = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8"};
    stage.start();
    for (const std::string listen : {"fd", "port", "socket"}) {
        CAPTURE(listen);
        stage.want_until_ready(listen);
        const auto status = stage.status(listen);
        CHECK(status["command"][0] == "python3");
        CHECK(status["listen"] == listen);
        const auto answer = stage.get(listen);
        CHECK(answer["pid"] == status["pid"]);
        CHECK(answer["argv"] == json::array({"an argument"}));
        CHECK(answer["cwd"] == fs::canonical(stage.folder / listen).native());
        const auto& env = answer["env"];
        CHECK(env["GREETING"] == "hello C.UTF-8");
        CHECK(env["SECRET"] == "s3cret");
        CHECK(env["MTG_TENANT"] == listen);
        CHECK_FALSE(env.contains("MTG_GATEWAY_PID"));
        CHECK_FALSE(env.contains("SECRET_OF_THE_GATEWAY"));
        CHECK(env.contains("LISTEN_FDS") == (listen == "fd"));
        CHECK(env.contains("PORT") == (listen == "port"));
        CHECK(env.contains("SOCKET") == (listen == "socket"));
    }
}

TEST_CASE("a program is ready when it says so, on the pipe or by sd_notify, or when it accepts") {
    Programs stage;
    stage.write_tenant("pipe", Programs::tenant({"--ready", "pipe", "--never"}));
    stage.write_tenant("notify", Programs::tenant({"--ready", "notify", "--never"}));
    stage.start();
    stage.want_until_ready("pipe");
    stage.want_until_ready("notify");
}

TEST_CASE("a change starts another process in a place of its own; the old one ends when its requests have") {
    Programs stage;
    stage.write("foo/program.py", *read_file(MT_PROGRAM));
    stage.write_tenant("foo", {{"command", {"python3", "program.py"}}});
    stage.start();
    stage.want_until_ready("foo");
    const int old = stage.pid("foo");
    const auto entry = stage.proxy.entry("foo");
    entry->gate->in_flight = 1;
    stage.gate("foo").tokens.take(std::chrono::steady_clock::now(), 1h, 1);

    stage.write("foo/program.py", stage.read("foo/program.py") + "# changed\n");
    stage.want_another("foo", old);
    CHECK(entry->gate->admission() == Admission::cold);
    CHECK(stage.gate("foo").admission() == Admission::ready);
    CHECK(stage.gate("foo").generation() > entry->gate->generation());
    CHECK(stage.gate("foo").tokens.take(std::chrono::steady_clock::now(), 1h, 1) > 0ns);
    CHECK(stage.proxy.entry("foo")->socket_path != entry->socket_path);
    CHECK(stage.get("foo")["pid"] == stage.pid("foo"));
    CHECK(alive(old));

    entry->gate->in_flight = 0;
    stage.until_dead(old);
    stage.until("its socket to be removed", [&] { return !fs::exists(entry->socket_path); });
}

TEST_CASE("streams live on in a program that was replaced, until tunnel_drain or until the tenant is stopped") {
    Programs stage;
    for (const auto* id : {"short", "long"}) {
        auto tenant = Programs::tenant({}, "port");
        tenant["limits"] = {{"tunnel_drain", std::string{id} == "short" ? "500ms" : "1h"}};
        tenant["idle_stop"] = "100ms";
        stage.write_tenant(id, tenant);
    }
    stage.start();
    std::map<std::string, int> old;
    for (const std::string id : {"short", "long"}) {
        stage.want_until_ready(id);
        old[id] = stage.pid(id);
        auto& gate = stage.gate(id);
        gate.in_flight = gate.streams = 1;
        REQUIRE(stage.ask("POST", "/tenants/" + id + "/restart").ok());
        CHECK(stage.pid(id) != old[id]);
    }
    stage.until_dead(old["short"]);
    CHECK(alive(old["long"]));
    CHECK(stage.state("long") == "ready");  // not idle: its streams are in use
    REQUIRE(stage.ask("POST", "/tenants/long/stop").ok());
    stage.until_dead(old["long"]);
}

TEST_CASE("a program that never gets ready is killed at the deadline, with all that it has started") {
    auto timings = patient();
    timings.start_deadline = 3s;
    Programs stage{timings};
    stage.write_tenant("foo", Programs::tenant({"--never", "--grandchildren", (stage.folder / "pids").native()}));
    stage.start();
    stage.want("foo");
    const auto pids = stage.grandchildren("pids");
    stage.until("backoff", [&] { return stage.state("foo") == "backoff"; });
    CHECK(stage.status("foo")["error"]["message"] == "the program python3 did not get ready in time");
    for (const int pid : pids) stage.until_dead(pid);
}

TEST_CASE("a program that exits at once backs off and says with which code; one that is not there names its word") {
    Programs stage;
    stage.write_tenant("foo", Programs::tenant({"--exit", "6"}));
    stage.write_tenant("bar", {{"command", {"no-such-program"}}});
    stage.write("baz/tenant.json", "{\n \"command\": [\"./script\"]\n}");
    stage.write("baz/script", "no program\n");
    fs::permissions(stage.folder / "baz/script", fs::perms::owner_all);
    stage.start();
    for (const auto* id : {"foo", "bar", "baz"}) stage.want(id);
    stage.until("backoff", [&] { return stage.state("foo") == "backoff"; });
    CHECK(stage.status("foo")["error"]["message"] == "the program python3 exited with code 6 before it was ready");
    stage.until("failed", [&] { return stage.state("bar") == "failed"; });
    CHECK(stage.status("bar")["error"]["pointer"] == "/command/0");
    CHECK(stage.status("bar")["error"]["line"] == 1);
    stage.until("failed", [&] { return stage.state("baz") == "failed"; });
    CHECK(stage.status("baz")["error"]["message"].get<std::string>().find("Exec format error") != std::string::npos);
}

TEST_CASE("a program that is killed starts again; its descendants and its socket go with it") {
    Programs stage;
    const auto file = (stage.folder / "pids").native();
    stage.write_tenant("foo", Programs::tenant({"--deaf", "--grandchildren", file}, "socket"));
    stage.start();
    stage.want_until_ready("foo");
    const auto pids = stage.grandchildren("pids");
    const int pid = stage.pid("foo");
    const auto socket = stage.proxy.entry("foo")->socket_path;
    fs::remove(stage.folder / "pids");
    ::kill(pid, SIGKILL);
    stage.want_another("foo", pid);
    for (const int each : pids) CHECK_FALSE(alive(each));
    CHECK_FALSE(fs::exists(socket));
    CHECK(stage.get("foo")["pid"] == stage.pid("foo"));

    // Deaf to TERM: KILL follows, for all of them.
    const auto more = stage.grandchildren("pids");
    const int second = stage.pid("foo");
    REQUIRE(stage.ask("POST", "/tenants/foo/stop").ok());
    CHECK_FALSE(alive(second));
    for (const int each : more) CHECK_FALSE(alive(each));
}

TEST_CASE("a keeper that is killed takes its program and the program's group along; another one starts") {
    Programs stage;
    stage.write_tenant("foo", Programs::tenant({"--grandchildren", (stage.folder / "pids").native()}));
    stage.start();
    stage.want_until_ready("foo");
    const auto pids = stage.grandchildren("pids");
    const int program = stage.pid("foo");
    std::string word;
    std::ifstream stat{"/proc/" + std::to_string(program) + "/stat"};
    for (int i = 0; i < 4; ++i) stat >> word;  // pid, name, state, parent
    ::kill(std::stoi(word), SIGKILL);
    stage.want_another("foo", program);
    stage.until_dead(program);
    stage.until_dead(pids[0]);
    ::kill(pids[1], SIGKILL);  // the one in a session of its own, which nobody knows any more
}

TEST_CASE("a tenant goes from our worker to a command, to an upstream and back") {
    Programs stage;
    stage.write("foo/tenant.json", "{}");
    stage.start();
    stage.want_until_ready("foo");
    const int ours = stage.pid("foo");
    const auto first = stage.proxy.entry("foo");
    stage.write_tenant("foo", Programs::tenant());
    const int program = stage.want_another("foo", ours);
    CHECK(first->gate != stage.proxy.entry("foo")->gate);
    stage.until_dead(ours);
    CHECK(stage.get("foo")["pid"] == program);

    stage.write("foo/tenant.json", R"({"upstream": "http://127.0.0.1:9"})");
    stage.until_dead(program);
    CHECK(stage.proxy.entry("foo")->port == 9);
    stage.write("foo/tenant.json", "{}");
    stage.until("a worker wanted", [&] { return stage.state("foo") == "idle"; });
    stage.want_until_ready("foo");
    CHECK(stage.proxy.entry("foo")->socket_path == first->socket_path);
}

TEST_CASE("a supervisor that is destroyed leaves no program behind, and sockets of one that was killed are removed") {
    Programs stage;
    stage.write_tenant("foo", Programs::tenant({"--grandchildren", (stage.folder / "pids").native()}));
    stage.write(".run/foo.7.sock", "");
    stage.start();
    CHECK_FALSE(fs::exists(stage.folder / ".run/foo.7.sock"));
    stage.want_until_ready("foo");
    const int pid = stage.pid("foo");
    const auto pids = stage.grandchildren("pids");
    stage.supervisor.reset();
    stage.io.restart();
    stage.io.poll();
    CHECK_FALSE(alive(pid));
    for (const int each : pids) CHECK_FALSE(alive(each));
}
