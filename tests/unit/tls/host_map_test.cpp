#include "gateway/tls/host_map.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using mt::gateway::HostMap;

TEST_CASE("HostMap: the exact name, else the wildcard of one label, else the first") {
    HostMap hosts;
    CHECK(hosts.add("example.org", 0));
    CHECK(hosts.add("*.example.org", 1));
    CHECK(hosts.add("Api.Example.org", 2));
    CHECK_FALSE(hosts.add("api.example.ORG", 3));
    CHECK(hosts.add("*.org", 4));
    for (const auto& [host, expected] : std::vector<std::pair<std::string, std::size_t>>{
             {"example.org", 0}, {"API.example.org", 2}, {"api.example.org.", 2}, {"x.example.org", 1}, {"a.b.example.org", 0},
             {"other.org", 4}, {"org", 0}, {"", 0}, {".", 0}, {".org", 0}, {"..", 0}, {"*.example.org", 1}, {"example.net", 0}}) {
        CAPTURE(host);
        CHECK(hosts.find(host) == expected);
    }
}
