#include "gateway/isolation/cgroups.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "base/files.hpp"

using namespace mt;
using namespace mt::gateway;
namespace fs = std::filesystem;

namespace {

class Folder {
public:
    Folder() {
        char path[] = "/tmp/mtg-cgroups-XXXXXX";
        REQUIRE(::mkdtemp(path));
        path_ = path;
    }
    ~Folder() { fs::remove_all(path_); }
    const fs::path& path() const { return path_; }
    void write(const char* name, const std::string& text) const { std::ofstream{path_ / name} << text; }
    std::string mount(const char* type, const char* options) const {
        return "36 35 0:31 / " + path_.native() + " rw,relatime shared:9 - " + type + " " + type + " rw," + options + "\n";
    }

private:
    fs::path path_;
};

}  // namespace

TEST_CASE("cgroup_places: v1 where it is mounted and we are at its root") {
    const Folder folder;
    const auto places = cgroup_places("8:pids:/\n4:memory:/session\n2:cpu,cpuacct:/\n0::/\n",
                                      folder.mount("cgroup", "pids") + folder.mount("cgroup", "memory"));
    CHECK(places.at("pids").folder == folder.path());
    CHECK_FALSE(places.at("pids").unified);
    CHECK(places.at("memory").folder.empty());
    CHECK(places.at("memory").why_not == "the gateway's cgroup is not delegated to it (Delegate=yes of its systemd unit)");
    CHECK(places.at("cpu").why_not == "its cgroup hierarchy is not mounted");
}

TEST_CASE("cgroup_places: v2 with the controllers that the cgroup has") {
    const Folder folder;
    folder.write("cgroup.controllers", "cpu io memory\n");
    const auto places = cgroup_places("0::/\n", folder.mount("cgroup2", "nsdelegate"));
    CHECK(places.at("memory").folder == folder.path());
    CHECK(places.at("memory").unified);
    CHECK(places.at("pids").why_not == "the gateway's cgroup has no controller pids");
    // A process that takes over is started where its predecessor has put itself.
    const auto again = cgroup_places("0::/mtg-gateway\n", folder.mount("cgroup2", "nsdelegate"));
    CHECK(again.at("memory").folder == places.at("memory").folder);
    CHECK(cgroup_places("", "").at("memory").why_not == "the kernel has no cgroups");
}

TEST_CASE("Cgroups: a folder that takes no limits is reported with the reason") {
    const Folder folder;
    Cgroups cgroups{{{"pids", {folder.path(), false, {}}}, {"cpu", {{}, false, "not here"}}}, "/tenants", true};
    Limits limits;
    limits.pids = 7;
    limits.cpu = {50};
    const auto entries = cgroups.of("foo", limits);
    REQUIRE(entries.size() == 2);
    CHECK(entries[0] == IsolationOrder::Cgroup{"cpu", "", "not here"});
    CHECK(entries[1].controller == "pids");
    CHECK(entries[1].file.empty());
    CHECK(entries[1].why_not.find("pids.max: No such file or directory") != std::string::npos);
    limits.pids = 0;
    limits.cpu = {};
    CHECK(cgroups.of("foo", limits).empty());
}

TEST_CASE("Cgroups: one that is not alone leaves what another gateway has made and nobody has entered yet") {
    const Folder folder;
    const std::map<std::string, CgroupPlace> places{{"pids", {folder.path(), false, {}}}};
    Limits limits;
    limits.pids = 7;
    const auto made = [&] { return std::distance(fs::directory_iterator{folder.path()}, fs::directory_iterator{}); };
    {
        Cgroups before{places, "/tenants", true};
        before.of("foo", limits);
        REQUIRE(made() == 1);
        {
            Cgroups refused{places, "/tenants", false};  // is to take over, and does not
            CHECK(made() == 1);
        }
        CHECK(made() == 1);
        Cgroups after{places, "/tenants", false};
        after.of("bar", limits);
        before.set_alone(false);
        after.set_alone(true);
        { Cgroups other{places, "/other", true}; }
        CHECK(made() == 2);
    }
    CHECK(made() == 0);
    Cgroups{places, "/tenants", true}.of("foo", limits);
    CHECK(made() == 0);
}
