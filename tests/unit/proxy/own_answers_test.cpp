#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gateway/proxy/own_answers.hpp"

using namespace mt::gateway;

namespace {

mt::http::Head& request(const std::string& fields) {
    static mt::http::Head head;
    static std::string bytes;
    bytes = "GET / HTTP/1.0\r\n" + fields + "\r\n";
    REQUIRE(mt::http::scan_request(bytes, head).state == mt::http::ScanResult::State::complete);
    return head;
}
bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("prefers_html: only if HTML ranks above JSON") {
    CHECK(prefers_html(request("Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n")));
    CHECK(prefers_html(request("Accept: application/json;q=0.5, text/html\r\n")));
    for (const char* accept : {"*/*", "application/json", "text/html, application/json", "text/html;q=0", "text/html;q=0.1, application/json;q=0.2", "x", ""})
        CHECK_FALSE(prefers_html(request(std::string{"Accept: "} + accept + "\r\n")));
    CHECK_FALSE(prefers_html(request("")));
}

TEST_CASE("problem: JSON or a page, with the request's id") {
    const auto json = problem({false, false, true, false}, 503, "The tenant is not available", "id1", 7);
    CHECK(json.head.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
    CHECK(contains(json.head, "Content-Type: application/problem+json\r\n"));
    CHECK(contains(json.head, "Retry-After: 7\r\n"));
    CHECK(contains(json.head, "X-Request-Id: id1\r\n"));
    CHECK_FALSE(contains(json.head, "Connection"));
    CHECK(json.body == "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,\"detail\":\"The tenant is not available\",\"request_id\":\"id1\"}\n");
    const auto html = problem({true, false, false, false}, 404, "There is no such tenant", "id1");
    CHECK(contains(html.head, "text/html"));
    CHECK(contains(html.head, "Connection: close"));
    CHECK(contains(html.body, "<h1>404 Not Found</h1>"));
    const auto head = problem({false, true, true, false}, 404, "x", "id1");
    CHECK(head.content().empty());
    CHECK_FALSE(contains(head.head, "Content-Length: 0"));
}

TEST_CASE("problem: what an operator wrote breaks out of neither JSON nor HTML") {
    const std::string why = "closed: \"<b>\\\t & 'us'";
    const auto json = problem({}, 503, why, "id1");
    CHECK(contains(json.body, R"("detail":"closed: \"<b>\\\u0009 & 'us'")"));
    const auto html = problem({true, false, false, false}, 503, why, "id1");
    CHECK(contains(html.body, "<p>closed: &quot;&lt;b&gt;\\\t &amp; &#39;us&#39;.</p>"));
}

TEST_CASE("explorer_asset: exact names, gzip by request, tags") {
    namespace fs = std::filesystem;
    const auto folder = fs::temp_directory_path() / ("mtg-assets-" + std::to_string(::getpid()));
    fs::create_directories(folder / "sub");
    const auto put = [&](const char* name, const char* text) { std::ofstream{folder / name} << text; };
    put("a.js", "plain");
    put("a.js.gz", "zipped");
    put("b.css.gz", "zipped");
    put(".hidden", "x");
    put("sub/c.js", "x");
    ExplorerAssets assets;
    assets.load(folder.native());
    fs::remove_all(folder);

    const auto get = [&](std::string_view name, const std::string& fields) { return explorer_asset({}, assets, name, request(fields), "id1"); };
    auto answer = get("a.js", "");
    CHECK(answer.content() == "plain");
    CHECK(contains(answer.head, "text/javascript"));
    CHECK_FALSE(contains(answer.head, "Content-Encoding"));
    answer = get("a.js", "Accept-Encoding: br, gzip;q=0.5\r\n");
    CHECK(answer.content() == "zipped");
    CHECK(contains(answer.head, "Content-Encoding: gzip\r\n"));
    CHECK(get("a.js", "Accept-Encoding: gzip;q=0\r\n").content() == "plain");
    const auto tag = answer.head.substr(answer.head.find("ETag: ") + 6, 21);
    CHECK(get("a.js", "Accept-Encoding: gzip\r\nIf-None-Match: \"x\", " + tag + "\r\n").status == 304);
    CHECK(get("a.js", "If-None-Match: " + tag + "\r\n").status == 200);
    CHECK(get("b.css", "Accept-Encoding: gzip\r\n").content() == "zipped");
    CHECK(get("b.css", "").status == 404);
    for (const char* name : {"", "a", "A.js", "a.js.gz", ".hidden", "c.js", "sub/c.js", "/etc/passwd", "..", "a.js/"}) {
        CAPTURE(name);
        CHECK(get(name, "").status == 404);
    }
    const ExplorerAssets none;
    CHECK(contains(explorer_asset({}, none, "a.js", request(""), "id1").body, "not installed"));
}
