#include "gateway/isolation/tenant_uids.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>

using namespace mt;
using namespace mt::gateway;
namespace fs = std::filesystem;

namespace {

/// A tenants folder with some tenants.
class Tenants {
public:
    explicit Tenants(const std::vector<std::string>& names) {
        char path[] = "/tmp/mtg-uids-XXXXXX";
        REQUIRE(::mkdtemp(path));
        path_ = path;
        for (const auto& name : names) fs::create_directory(path_ / name);
    }
    ~Tenants() { fs::remove_all(path_); }
    const fs::path& path() const { return path_; }
    /// Root only.
    void mark(const std::string& name, gid_t group) const { REQUIRE(::chown((path_ / name).c_str(), 0, group) == 0); }

private:
    fs::path path_;
};

TenantId id(const char* text) { return *TenantId::parse(text); }

}  // namespace

TEST_CASE("TenantUids: every tenant has a number of its own, always the same") {
    const Tenants tenants{{"foo", "bar", "baz"}};
    TenantUids uids{{5000, 5002}, tenants.path()};
    const auto foo = uids.of(id("foo")), bar = uids.of(id("bar")), baz = uids.of(id("baz"));
    REQUIRE(foo);
    REQUIRE(bar);
    REQUIRE(baz);
    CHECK(*foo != *bar);
    CHECK(*bar != *baz);
    CHECK(*foo != *baz);
    CHECK(uids.of(id("foo")) == foo);
}

TEST_CASE("TenantUids: a range that is used up gives nothing, and a tenant that is gone gives back its number") {
    const Tenants tenants{{"foo", "bar"}};
    TenantUids uids{{5000, 5000}, tenants.path()};
    REQUIRE(uids.of(id("foo")) == 5000u);
    CHECK_FALSE(uids.of(id("bar")));
    fs::remove(tenants.path() / "foo");
    CHECK(uids.of(id("bar")) == 5000u);
}

TEST_CASE("TenantUids: the folder's group is remembered by the next gateway, and a copy does not inherit it") {
    if (::geteuid() != 0) {
        MESSAGE("only root can change a folder's group");
        return;
    }
    const Tenants tenants{{"foo", "copy", "new"}};
    tenants.mark("foo", 5007);
    tenants.mark("copy", 5007);
    TenantUids uids{{5000, 5009}, tenants.path()};
    CHECK(uids.of(id("foo")) == 5007u);
    CHECK(uids.of(id("copy")).value_or(5007) != 5007u);
    TenantUids full{{5007, 5007}, tenants.path()};
    CHECK_FALSE(full.of(id("new")));
}
