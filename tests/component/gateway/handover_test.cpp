#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <fstream>
#include <optional>

#include <nlohmann/json.hpp>

#include "gateway/predecessors.hpp"
#include "gateway/successor.hpp"

using namespace mt;
using namespace mt::gateway;
using namespace std::chrono_literals;

namespace {

/// A descriptor of which a copy can be told from others.
Fd marked(bool mark) { return Fd{::open("/dev/zero", O_RDONLY | O_CLOEXEC | (mark ? O_NONBLOCK : 0))}; }

bool is_marked(int fd) { return (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0; }

/// What a successor that is a shell script comes to.
Status outcome(const std::string& script, std::chrono::milliseconds wait) {
    std::string path = "/tmp/mtg-successor-XXXXXX";
    const int made = ::mkstemp(path.data());
    ::fchmod(made, 0755);
    ::close(made);
    std::ofstream{path} << "#!/bin/sh\n" << script << "\n";
    boost::asio::io_context io;
    std::optional<Status> done;
    auto started = Successor::start(io, path, {});
    if (!started.ok()) done = Status{started.error()};
    else {
        Inheritance given;
        given.lock = marked(false);
        given.predecessors.push_back({{}, ::getpid(), 0, false, false});
        auto taken = (*started)->take_over(records_of(given), wait);
        boost::asio::co_spawn(io, std::move(taken), [&](std::exception_ptr failure, Status status) {
            REQUIRE_FALSE(failure);
            done = status;
        });
        io.run();
    }
    ::unlink(path.c_str());
    REQUIRE(done);
    return *done;
}

}  // namespace

TEST_CASE("an inheritance arrives as it was sent, however much it is") {
    Inheritance given;
    given.lock = marked(true);
    const auto listener = marked(true), other = marked(false);
    given.listeners = {listener.get(), other.get()};
    for (int i = 0; i < 2000; ++i) given.running.push_back("tenant" + std::to_string(i));
    auto older = make_handover_link();
    REQUIRE(older.ok());
    given.predecessors.push_back({std::move(older->first), 17, 3, true, true});
    given.predecessors.push_back({{}, 42, 1, false, false});

    auto ends = make_handover_link();
    REQUIRE(ends.ok());
    const auto from = std::move(ends->first);
    for (const auto& record : records_of(given)) REQUIRE(send_record(from.get(), record) == Sent::yes);
    auto got = receive_inheritance(std::move(ends->second), 5s);
    REQUIRE(got.ok());
    CHECK(is_marked(got->lock.get()));
    CHECK(got->running == given.running);
    REQUIRE(got->listeners.size() == 2);
    CHECK(is_marked(got->listeners[0]));
    CHECK_FALSE(is_marked(got->listeners[1]));
    for (const int each : got->listeners) ::close(each);
    REQUIRE(got->predecessors.size() == 2);
    CHECK(got->predecessors[0].pid == 17);
    CHECK(got->predecessors[0].anchored);
    CHECK(got->predecessors[0].done);
    CHECK(got->predecessors[0].link);
    CHECK(got->predecessors[1].pid == 42);
    CHECK_FALSE(got->predecessors[1].done);
    CHECK(got->free_number() == 2);
    CHECK(send_record(got->predecessors[1].link.get(), {"serving", {}, -1, {}}) == Sent::yes);
    HandoverRecord heard;
    CHECK(receive_record(from.get(), heard) == Received::record);
    CHECK(heard.word == "serving");
}

TEST_CASE("a gateway that goes away or says nothing gives no inheritance") {
    auto gone = make_handover_link(), silent = make_handover_link();
    REQUIRE(gone.ok());
    REQUIRE(silent.ok());
    gone->first.reset();
    CHECK(receive_inheritance(std::move(gone->second), 5s).error().code() == Errc::failed);
    CHECK(receive_inheritance(std::move(silent->second), 10ms).error().code() == Errc::timed_out);
}

TEST_CASE("a successor that does not take over is told apart, and gone") {
    CHECK(outcome("exit 3", 5s).error().message() == "the new process exited with code 3 before it served");
    CHECK(outcome("kill -SEGV $$", 5s).error().message() == "the new process was killed by SIGSEGV before it served");
    const auto late = outcome("exec sleep 1000", 1s);
    CHECK(late.error().code() == Errc::timed_out);
    CHECK(late.error().message() == "the new process was not ready within 1 s");
}

TEST_CASE("predecessors: what they say is heard, and who must not die ends this process") {
    boost::asio::io_context io;
    int changed = 0, lost = 0;
    Predecessors predecessors{io, [&](pid_t) { ++changed; }, [&] { ++lost; }};
    std::vector<Fd> theirs;
    std::vector<Predecessor> inherited;
    for (const bool anchored : {true, false, false}) {
        auto ends = make_handover_link();
        REQUIRE(ends.ok());
        theirs.push_back(std::move(ends->first));
        inherited.push_back({std::move(ends->second), 1, 0, anchored, false});
    }
    predecessors.add(std::move(inherited));
    predecessors.watch_all(99);
    HandoverRecord heard;
    REQUIRE(receive_record(theirs[0].get(), heard) == Received::record);
    CHECK(heard.word + " " + heard.text == "main 99");

    const auto turn = [&] {
        io.restart();
        io.poll();
    };
    send_record(theirs[0].get(), {"done", {}, -1, {}});
    theirs[1].reset();
    send_record(theirs[2].get(), {"in-hand", R"({"streams":2})", -1, {}});
    turn();
    CHECK(changed == 2);
    CHECK(predecessors.describe().dump() == R"([{"pid":1,"state":"standing_in"},{"pid":1,"state":"draining","streams":2}])");
    send_record(theirs[2].get(), {"in-hand", "no object", -1, {}});
    turn();
    CHECK(predecessors.describe().dump() == R"([{"pid":1,"state":"standing_in"},{"pid":1,"state":"draining"}])");
    CHECK(predecessors.size() == 2);
    CHECK_FALSE(predecessors.all_done());

    predecessors.pause();
    send_record(theirs[2].get(), {"done", {}, -1, {}});
    turn();
    CHECK_FALSE(predecessors.all_done());  // it may be for the next one
    predecessors.watch_all(99);
    turn();
    CHECK(predecessors.all_done());
    CHECK(lost == 0);
    theirs[0].reset();
    turn();
    CHECK(lost == 1);
}
