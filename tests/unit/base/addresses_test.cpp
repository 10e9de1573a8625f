#include <doctest/doctest.h>

#include "base/network.hpp"
#include "base/upstream_address.hpp"

using namespace mt;

TEST_CASE("parse_upstream: sockets and addresses") {
    CHECK(parse_upstream("unix:/run/x.sock", "/t/foo")->str() == "unix:/run/x.sock");
    CHECK(parse_upstream("unix:x.sock", "/t/foo")->socket_path == "/t/foo/x.sock");
    CHECK(parse_upstream("http://127.0.0.1:8080", "")->str() == "http://127.0.0.1:8080");
    CHECK(parse_upstream("http://localhost", "")->str() == "http://127.0.0.1:80");
    CHECK(parse_upstream("http://[::1]:1/", "")->str() == "http://[::1]:1");
    for (const char* text : {"", "unix:", "/x", "http://", "http://h", "http://127.0.0.1:0", "http://127.0.0.1:65536", "http://127.0.0.1:x", "http://127.0.0.1/x",
                             "http://u@127.0.0.1", "http://::1", "http://[::1", "https://127.0.0.1", "ftp://127.0.0.1", "http://127.0.0.1:"}) {
        CAPTURE(text);
        REQUIRE_FALSE(parse_upstream(text, "/t").ok());
        CHECK(parse_upstream(text, "/t").error().code() == Errc::usage);
    }
    CHECK_FALSE(parse_upstream("unix:/" + std::string(200, 'x'), "/t").ok());
}

TEST_CASE("parse_host_name: names, and names below one") {
    CHECK(*parse_host_name("Shop.Example") == "shop.example");
    CHECK(*parse_host_name("*.example") == "*.example");
    CHECK(*parse_host_name("localhost") == "localhost");
    for (const std::string text : {"", ".", "a..b", ".a", "a.", "*", "*.", "*a.b", "a.*", "a:80", "[::1]", "a b", "a/b", "é", "a*b"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_host_name(text).ok());
    }
    CHECK_FALSE(parse_host_name(std::string(64, 'a')).ok());
}

TEST_CASE("Network: addresses in a range") {
    CHECK(parse_network("10.0.0.0/8")->contains("10.255.0.1"));
    CHECK_FALSE(parse_network("10.0.0.0/8")->contains("11.0.0.1"));
    CHECK(parse_network("10.0.0.128/25")->contains("10.0.0.200"));
    CHECK_FALSE(parse_network("10.0.0.128/25")->contains("10.0.0.100"));
    CHECK(parse_network("127.0.0.1")->contains("127.0.0.1"));
    CHECK(parse_network("127.0.0.1")->contains("::ffff:127.0.0.1"));
    CHECK_FALSE(parse_network("127.0.0.1")->contains("127.0.0.2"));
    CHECK(parse_network("0.0.0.0/0")->contains("1.2.3.4"));
    CHECK_FALSE(parse_network("0.0.0.0/0")->contains("::1"));
    CHECK(parse_network("fd00::/8")->contains("fd12::1"));
    CHECK_FALSE(parse_network("::1")->contains("nonsense"));
    for (const char* text : {"", "x", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_network(text).ok());
    }
}
