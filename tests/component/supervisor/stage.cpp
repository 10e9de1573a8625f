#include "tests/component/supervisor/stage.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <future>

#include "base/control/client.hpp"

namespace mt::gateway {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

Timings Stage::quick() {
    Timings timings;
    timings.start_deadline = 500ms;
    timings.drain_grace = 300ms;
    timings.term_grace = 200ms;
    timings.healthy_after = 200ms;
    timings.slot_held_max = 100ms;
    return timings;
}

Stage::Stage(Timings with) : timings(with) {
    std::string name = (fs::temp_directory_path() / "mtg-stage-XXXXXX").native();
    REQUIRE(::mkdtemp(name.data()));
    folder = name;
}

Stage::~Stage() {
    supervisor.reset();
    io.restart();
    io.poll();
    fs::remove_all(folder);
}

void Stage::write(const std::string& file, const std::string& content) {
    fs::create_directories((folder / file).parent_path());
    REQUIRE(write_file(folder / file, content).ok());
}

void Stage::start() {
    supervisor = std::make_unique<Supervisor>(io, SupervisorOptions{Layout{folder}, worker_program, environment, Limits{}, timings, 2});
    REQUIRE(supervisor->load().ok());
    proxy.publish(supervisor->table());
    GatewayHooks hooks{[this] { ended.push_back("stop"); }, [this](auto) { return restarted(); }, {}};
    REQUIRE(supervisor->serve(proxy, std::move(hooks)).ok());
}

boost::asio::awaitable<Result<json>> Stage::restarted() {
    ended.push_back("restart");
    co_return json{{"pid", 1}};
}

void Stage::restart_supervisor() {
    supervisor.reset();
    io.restart();
    start();
}

void Stage::until(const char* what, const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!condition()) {
        INFO(what);
        REQUIRE(std::chrono::steady_clock::now() < deadline);
        io.restart();
        io.run_one_for(20ms);
    }
}

Result<json> Stage::ask(const std::string& method, const std::string& target) {
    auto answer = std::async(std::launch::async, [&] { return call(folder / ".run" / "control.sock", method, target, {}, 9s); });
    until("an answer of the control socket", [&] { return answer.wait_for(0s) == std::future_status::ready; });
    return answer.get();
}

json Stage::status(const std::string& id) {
    auto answer = ask("GET", "/tenants/" + id);
    return answer.ok() ? *std::move(answer) : json::object();
}

void Stage::want_until_ready(const std::string& id) {
    want(id);
    until("a ready worker", [&] { return gate(id).admission() == Admission::ready; });
}

std::pair<Fd, int> Stage::connect(const std::string& id) {
    Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, proxy.entry(id)->socket_path.c_str());
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return {};
    timeval patience{5, 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    char text[32]{};
    if (::recv(fd.get(), text, sizeof text - 1, 0) <= 0) return {};
    return {std::move(fd), std::atoi(text)};
}

}  // namespace mt::gateway
