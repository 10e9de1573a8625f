#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "gateway/supervisor/spare_workers.hpp"

using namespace mt;
using namespace mt::gateway;

namespace {

/// A program started with /dev/null and one pipe for what it says.
struct Started {
    Spawned process;
    std::string said;
    int status = -1;
};

Started run(SpareWorkers& spares, const std::string& program, std::vector<std::string> arguments, std::vector<std::string> environment) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const Fd from{ends[0]}, null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    Fd to{ends[1]};
    auto spawned = spares.spawn({program, std::move(arguments), std::move(environment), {null.get(), to.get(), to.get(), null.get(), null.get()}});
    REQUIRE(spawned.ok());
    to.reset();
    Started started{*std::move(spawned), {}, -1};
    char bytes[4096];
    for (ssize_t got; (got = ::read(from.get(), bytes, sizeof bytes)) > 0;) started.said.append(bytes, static_cast<std::size_t>(got));
    REQUIRE(::waitpid(started.process.pid, &started.status, 0) == started.process.pid);
    return started;
}

void wait_for_spares(const SpareWorkers& spares, std::size_t count) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (spares.waiting() != count) {
        REQUIRE(std::chrono::steady_clock::now() < until);
        std::this_thread::yield();
    }
}

pid_t only_child() {
    std::ifstream children{"/proc/self/task/" + std::to_string(::gettid()) + "/children"};
    pid_t pid = 0, another = 0;
    REQUIRE((children >> pid).good());
    REQUIRE_FALSE((children >> another).good());
    return pid;
}

/// A folder of the test's own.
class Folder {
public:
    Folder() { REQUIRE(::mkdtemp(path_.data())); }
    ~Folder() { std::filesystem::remove_all(path_); }
    const std::string& path() const { return path_; }
    void write(const std::string& file, const std::string& content) const {
        const auto target = std::filesystem::path{path_} / file;
        std::filesystem::create_directories(target.parent_path());
        std::ofstream{target} << content;
    }

private:
    std::string path_ = (std::filesystem::temp_directory_path() / "mt-spare-XXXXXX").native();
};

/// A copy of the worker whose file the test may change; beside what it looks for in ../share.
class OwnCopy {
public:
    OwnCopy() : path_(std::string{MT_TENANT_APP} + ".spare-test." + std::to_string(::getpid())) {
        std::filesystem::copy_file(MT_TENANT_APP, path_, std::filesystem::copy_options::overwrite_existing);
    }
    ~OwnCopy() { std::filesystem::remove(path_); }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace

TEST_CASE("spares: one becomes what it is told, with arguments, environment and descriptors") {
    const Folder folder;
    folder.write("model-config.json", R"({"Note": {"dataSource": "${WHERE}"}})");
    folder.write("datasources.json", R"({"here": {"connector": "memory"}})");
    folder.write("models/note.json", R"({"name": "Note"})");
    SpareWorkers spares{MT_TENANT_APP, {"PATH=/bin", "WHERE=nowhere"}, 2};
    CHECK(spares.waiting() == 0);
    spares.refill();
    wait_for_spares(spares, 2);
    const auto share = std::filesystem::path{MT_TENANT_APP}.parent_path().parent_path() / "share/mtg/templates/default";
    CHECK(std::filesystem::exists(share / "config.json"));
    CHECK_FALSE(std::filesystem::exists(share / "data"));  // a rehearsal leaves nothing

    const auto good = run(spares, MT_TENANT_APP, {folder.path(), "check"}, {"PATH=/bin", "WHERE=here"});
    CHECK(good.said == "");
    CHECK(good.status == 0);
    CHECK(spares.waiting() == 1);
    const auto bad = run(spares, MT_TENANT_APP, {folder.path(), "check", "--json"}, {"PATH=/bin", "WHERE=elsewhere"});
    CHECK(bad.said.find("elsewhere") != std::string::npos);
    CHECK(WEXITSTATUS(bad.status) == 6);
    CHECK(spares.waiting() == 0);
}

TEST_CASE("spares: none there, none alive, or none wanted: a new process does it") {
    SpareWorkers spares{MT_TENANT_APP, {}, 1};
    CHECK(run(spares, MT_TENANT_APP, {"--version"}, {}).said.starts_with("tenant-app "));

    spares.refill();
    wait_for_spares(spares, 1);
    const auto pid = only_child();
    REQUIRE(::kill(pid, SIGKILL) == 0);
    siginfo_t gone{};
    REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &gone, WEXITED | WNOWAIT) == 0);
    CHECK(run(spares, MT_TENANT_APP, {"--version"}, {}).said.starts_with("tenant-app "));
    CHECK(::kill(pid, 0) == -1);  // reaped

    spares.dismiss();
    spares.refill();
    CHECK(spares.waiting() == 0);
    CHECK(run(spares, MT_TENANT_APP, {"--version"}, {}).said.starts_with("tenant-app "));
}

TEST_CASE("spares: those of a program whose file was replaced are not used") {
    const OwnCopy copy;
    SpareWorkers spares{copy.path(), {}, 1};
    spares.refill();
    wait_for_spares(spares, 1);
    std::filesystem::remove(copy.path());
    std::filesystem::copy_file("/bin/echo", copy.path());
    CHECK(run(spares, copy.path(), {"the new one"}, {}).said == "the new one\n");
    CHECK(spares.waiting() == 0);
}

TEST_CASE("spares: they end with the one who keeps them") {
    pid_t pid = 0;
    {
        SpareWorkers spares{MT_TENANT_APP, {}, 1};
        spares.refill();
        wait_for_spares(spares, 1);
        pid = only_child();
    }
    CHECK(::kill(pid, 0) == -1);
}
