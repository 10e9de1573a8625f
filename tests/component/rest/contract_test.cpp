#include <doctest/doctest.h>

#include <csignal>

#include "tests/component/rest/worker.hpp"

// The worker's half of docs/ARCHITECTURE.md, "The worker's contract".
using namespace mt::test;

namespace {
constexpr std::string_view k_get = "GET / HTTP/1.1\r\nHost: t\r\n\r\n";
}

TEST_CASE("contract: drain finishes open connections, tells, and exits") {
    Worker worker;
    const auto busy = worker.connect();
    auto idle = worker.connect();
    send_bytes(busy, k_get);
    CHECK(read_answer(busy).starts_with("HTTP/1.1 200"));
    send_bytes(idle, k_get);
    CHECK(read_answer(idle).starts_with("HTTP/1.1 200"));
    worker.say("drain");
    CHECK(worker.hear() == "draining");

    send_bytes(busy, k_get);
    const auto last = read_answer(busy);
    CHECK(last.starts_with("HTTP/1.1 200"));
    CHECK(last.find("Connection: close\r\n") != std::string::npos);
    CHECK(is_closed(busy));
    idle.reset();
    CHECK(worker.exit_code() == 0);
}

TEST_CASE("contract: drain without connections exits at once") {
    Worker worker;
    worker.say("drain");
    CHECK(worker.hear() == "draining");
    CHECK(worker.exit_code() == 0);
}

TEST_CASE("contract: the channel's end ends the worker") {
    Worker worker;
    const auto open = worker.connect();
    worker.close_control();
    CHECK(worker.exit_code() == 0);
}

TEST_CASE("contract: SIGTERM drains, SIGINT does nothing") {
    Worker worker;
    ::kill(worker.pid(), SIGINT);
    auto connection = worker.connect();
    send_bytes(connection, k_get);
    CHECK(read_answer(connection).starts_with("HTTP/1.1 200"));
    connection.reset();
    ::kill(worker.pid(), SIGTERM);
    CHECK(worker.hear() == "draining");
    CHECK(worker.exit_code() == 0);
}

TEST_CASE("contract: a broken file is told with its place, and the exit code is 6") {
    Worker worker{"{\n  \"restApiRoot\": 7\n}", false};
    const auto line = worker.hear();
    CHECK(line.starts_with("error {\"code\":\"invalid_config\""));
    CHECK(line.find("\"file\":\"config.json\",\"line\":2,\"pointer\":\"/restApiRoot\"") != std::string::npos);
    CHECK(worker.exit_code() == 6);
}

TEST_CASE("contract: what is accepted and ignored is a warning before ready") {
    Worker worker{R"({"restApiRot": "/api"})", false};
    CHECK(worker.hear().starts_with("warning config.json:1 /restApiRot: unknown key"));
    CHECK(worker.hear() == "ready");
}
