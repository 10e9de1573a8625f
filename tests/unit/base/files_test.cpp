#include "base/files.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <optional>

#include "base/layout.hpp"

namespace fs = std::filesystem;

namespace {
struct EmptyFolder {
    fs::path path;
    EmptyFolder() {
        std::string name = (fs::temp_directory_path() / "mtg-test-XXXXXX").native();
        path = ::mkdtemp(name.data());
    }
    ~EmptyFolder() { fs::remove_all(path); }
    std::size_t entries() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator{path}, fs::directory_iterator{}));
    }
};
}  // namespace

TEST_CASE("write_file: replaces the content and sets the mode") {
    const EmptyFolder folder;
    const auto path = folder.path / "a.json";
    REQUIRE(mt::write_file(path, "one").ok());
    REQUIRE(mt::write_file(path, "two", 0600).ok());
    CHECK(*mt::read_file(path) == "two");
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    CHECK(folder.entries() == 1);
}

TEST_CASE("write_file: a full disk leaves the old file and nothing beside it") {
    const EmptyFolder folder;
    const auto path = folder.path / "a.json";
    REQUIRE(mt::write_file(path, "old").ok());

    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit tiny{100, before.rlim_max};  // the same failure path as ENOSPC, without filling a disk
    ::setrlimit(RLIMIT_FSIZE, &tiny);
    const auto status = mt::write_file(path, std::string(1000, 'x'));
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);

    CHECK_FALSE(status.ok());
    CHECK(*mt::read_file(path) == "old");
    CHECK(folder.entries() == 1);
}

TEST_CASE("read_file: tells missing from unreadable and bounds the size") {
    const EmptyFolder folder;
    CHECK(mt::read_file(folder.path / "none").error().code() == mt::Errc::not_found);
    CHECK(mt::read_file(folder.path).error().code() == mt::Errc::bad_request);
    REQUIRE(::mkfifo((folder.path / "pipe").c_str(), 0600) == 0);
    CHECK(mt::read_file(folder.path / "pipe").error().code() == mt::Errc::bad_request);  // and does not wait for a writer
    REQUIRE(mt::write_file(folder.path / "big", std::string(100, 'x')).ok());
    CHECK(mt::read_file(folder.path / "big", 99).error().code() == mt::Errc::payload_too_large);
    CHECK(mt::read_file(folder.path / "big", 100).ok());
}

TEST_CASE("rename_noreplace: publishes once") {
    const EmptyFolder folder;
    fs::create_directory(folder.path / "a");
    fs::create_directory(folder.path / "b");
    CHECK(mt::rename_noreplace(folder.path / "a", folder.path / "b").error().code() == mt::Errc::conflict);
    CHECK(mt::rename_noreplace(folder.path / "a", folder.path / "c").ok());
    CHECK(fs::exists(folder.path / "c"));
}

TEST_CASE("FileLock: a second holder is told so, and can have it afterwards") {
    const EmptyFolder folder;
    {
        const auto held = mt::FileLock::acquire(folder.path / "lock");
        REQUIRE(held.ok());
        CHECK(mt::FileLock::acquire(folder.path / "lock").error().code() == mt::Errc::conflict);
    }
    CHECK(mt::FileLock::acquire(folder.path / "lock").ok());
}

TEST_CASE("FileLock: one that was handed on is held until both have let go, and says what it was told") {
    const EmptyFolder folder;
    std::optional<mt::FileLock> heir;
    {
        const auto held = mt::FileLock::acquire(folder.path / "lock");
        REQUIRE(held.ok());
        heir = mt::FileLock::adopt(mt::Fd{::dup(held->descriptor())});
    }
    CHECK(mt::FileLock::acquire(folder.path / "lock").error().code() == mt::Errc::conflict);
    CHECK(heir->names(folder.path / "lock"));
    heir->note("12345\n");
    heir->note("17\n");
    CHECK(*mt::read_file(folder.path / "lock") == "17\n");
    heir.reset();
    CHECK(mt::FileLock::acquire(folder.path / "lock").ok());
}

TEST_CASE("Layout: sockets apart are other ones, and their paths are no longer") {
    const mt::Layout layout{"/t"};
    const auto foo = *mt::TenantId::parse("foo");
    CHECK(layout.sockets() == layout.run());
    const auto apart = layout.with_sockets_apart(3);
    CHECK(apart.run() == layout.run());
    CHECK(apart.tenant_socket(foo).parent_path() == apart.sockets());
    CHECK(apart.sockets() != layout.with_sockets_apart(4).sockets());
    CHECK(apart.tenant_socket(foo).native().size() <= layout.tenant_socket(foo).native().size());
}

TEST_CASE("check_socket_path: refuses what does not fit sun_path") {
    CHECK(mt::check_socket_path("/tmp/" + std::string(102, 'a')).ok());
    const auto status = mt::check_socket_path("/tmp/" + std::string(103, 'a'));
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code() == mt::Errc::invalid_config);
    CHECK_FALSE(status.error().place().hint.empty());
    // A relative path counts as what it will be bound as.
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path("/tmp");
    CHECK_FALSE(mt::check_socket_path(std::string(103, 'a')).ok());
    CHECK(mt::check_socket_path(std::string(102, 'a')).ok());
    std::filesystem::current_path(before);
}
