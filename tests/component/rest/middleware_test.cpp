#include <doctest/doctest.h>

#include "tests/component/rest/http.hpp"

// config.json, middleware.json, component-config.json and model-config.json as a client sees what they say.
using namespace mt::test;

namespace {

Worker::Files middleware(std::string_view text) { return {{"middleware.json", std::string{text}}}; }

}  // namespace

TEST_CASE("layers: config.local.json and the environment's file count") {
    const Worker worker{R"({"restApiRoot": "/api", "remoting": {"json": {"limit": "1kb"}}})", true,
                        {{"config.local.json", R"({"restApiRoot": "/v1"})"},
                         {"config.development.json", R"({"remoting": {"json": {"limit": "20b"}}})"},
                         {"config.production.json", R"({"restApiRoot": "/no"})"}}};
    CHECK(status(ask(worker, "GET", "/v1/Notes")) == 200);
    CHECK(status(ask(worker, "GET", "/api/Notes")) == 404);
    CHECK(status(post_json(worker, "/v1/Notes", R"({"title":"much too long"})")) == 413);
}

TEST_CASE("layers: an error names the layer that holds the value") {
    Worker worker{"{}", false, {{"config.local.json", "{\n\"restApiRoot\": 7}"}}};
    CHECK(has(worker.hear(), "\"file\":\"config.local.json\",\"line\":2,\"pointer\":\"/restApiRoot\""));
}

TEST_CASE("cors: the package's defaults, a fixed origin, a list") {
    const std::string origin = "Origin: http://a.example\r\n";
    {
        const Worker worker{"{}", true, middleware(R"({"initial": {"cors": {}}})")};
        const auto answer = ask(worker, "GET", "/api/Notes", origin);
        CHECK(has(answer, "Access-Control-Allow-Origin: *\r\n"));
        CHECK_FALSE(has(answer, "Credentials"));
    }
    {
        const Worker worker{"{}", true, middleware(R"({"initial": {"cors": {"params": {"origin": "http://b.example", "exposedHeaders": ["X-A", "X-B"],
            "allowedHeaders": "X-C", "methods": ["GET"], "optionsSuccessStatus": 200}}}})")};
        CHECK(has(ask(worker, "GET", "/api/Notes", origin),
            "Access-Control-Allow-Origin: http://b.example\r\nVary: Origin\r\nAccess-Control-Expose-Headers: X-A,X-B\r\n"));
        const auto preflight = ask(worker, "OPTIONS", "/api/Notes", origin + "Access-Control-Request-Headers: x-d\r\n");
        CHECK(status(preflight) == 200);
        CHECK(has(preflight, "Access-Control-Allow-Methods: GET\r\nAccess-Control-Allow-Headers: X-C\r\n"));
    }
    {
        const Worker worker{"{}", true,
            middleware(R"({"initial": {"cors": {"params": {"origin": ["http://a.example", "http://b.example"]}}}})")};
        CHECK(has(ask(worker, "GET", "/api/Notes", origin), "Access-Control-Allow-Origin: http://a.example\r\n"));
        CHECK_FALSE(has(ask(worker, "GET", "/api/Notes", "Origin: http://c.example\r\n"), "Allow-Origin"));
    }
    const Worker none{"{}", true, middleware(R"({"initial": {"cors": {"enabled": false, "params": {"origin": true}}}})")};
    CHECK_FALSE(has(ask(none, "GET", "/api/Notes", origin), "Access-Control"));
}

TEST_CASE("compression: texts over the threshold, for those who take gzip") {
    const Worker worker{"{}", true, middleware(R"({"initial": {"compression": {}}})")};
    const std::string long_title(5000, 'x');
    CHECK(status(post_json(worker, "/api/Notes", R"({"title":")" + long_title + R"("})")) == 200);
    const auto small = ask(worker, "GET", "/api/Notes", "Accept-Encoding: deflate, gzip\r\n");
    CHECK(has(small, "Content-Encoding: gzip\r\n"));
    CHECK(has(small, "Vary: Accept-Encoding\r\n"));
    CHECK(body_of(small).starts_with("\x1f\x8b"));
    CHECK(body_of(small).size() < 200);
    CHECK(has(ask(worker, "GET", "/api/Notes", "Accept-Encoding: gzip;q=0\r\n"), long_title));
    CHECK(has(ask(worker, "GET", "/api/Notes"), long_title));
    CHECK_FALSE(has(ask(worker, "GET", "/api/Notes/count", "Accept-Encoding: gzip\r\n"), "Content-Encoding"));
}

TEST_CASE("helmet: its default set, and the template's parts") {
    const Worker all{"{}", true, middleware(R"({"initial": {"helmet": {"params": {"frameguard": false}}}})")};
    const auto answer = ask(all, "GET", "/api/Notes");
    for (const char* line : {"X-DNS-Prefetch-Control: off\r\n", "Strict-Transport-Security: max-age=15552000; includeSubDomains\r\n",
                             "X-Download-Options: noopen\r\n", "X-Content-Type-Options: nosniff\r\n",
                                 "X-XSS-Protection: 1; mode=block\r\n"})
        CHECK(has(answer, line));
    CHECK_FALSE(has(answer, "X-Frame-Options"));
    const Worker parts{"{}", true, middleware(R"({"initial": {"helmet#frameguard": {"params": ["deny"]}, "helmet#hsts": {"params": {"maxAge": 0, "includeSubdomains": true}},
        "helmet#noCache": {"enabled": false}, "helmet#hidePoweredBy": {}}})")};
    CHECK(has(ask(parts, "GET", "/nope"), "X-Frame-Options: DENY\r\nStrict-Transport-Security: max-age=0; includeSubDomains\r\n"));
}

TEST_CASE("static: files below the folder, and nothing else") {
    const Worker worker{"{}", true,
                        {{"middleware.json",
                            R"({"files": {"loopback#static": [{"params": "$!../client"}, {"paths": "/docs", "params": ["$!./public", {"maxAge": 5000}]}]}})"},
                         {"client/index.html", "<p>hello</p>"},
                         {"client/a.txt", "0123456789"},
                         {"client/.hidden", "secret"},
                         {"client/sub/index.html", "sub"},
                         {"public/big.bin", std::string(700'000, 'b')}}};
    std::filesystem::create_symlink(worker.folder() / "config.json", worker.folder() / "client" / "link.json");
    std::filesystem::create_directory_symlink(worker.folder() / "models", worker.folder() / "client" / "models");

    const auto index = ask(worker, "GET", "/");
    CHECK(has(index, "Content-Type: text/html; charset=UTF-8\r\n"));
    CHECK(body_of(index) == "<p>hello</p>");
    const auto text = ask(worker, "GET", "/a.txt");
    CHECK(has(text, "Accept-Ranges: bytes\r\nCache-Control: public, max-age=0\r\nLast-Modified: "));
    CHECK(body_of(text) == "0123456789");
    const auto tag_at = text.find("ETag: ") + 6;
    const auto tag = text.substr(tag_at, text.find("\r\n", tag_at) - tag_at);
    CHECK(status(ask(worker, "GET", "/a.txt", "If-None-Match: " + tag + "\r\n")) == 304);
    const auto date_at = text.find("Last-Modified: ") + 15;
    CHECK(status(ask(worker, "GET", "/a.txt", "If-Modified-Since: " + text.substr(date_at, 29) + "\r\n")) == 304);

    struct Row {
        const char* range;
        unsigned status;
        const char* body;
    };
    for (const auto& row : {Row{"bytes=0-3", 206, "0123"}, Row{"bytes=8-", 206, "89"}, Row{"bytes=-2", 206, "89"},
        Row{"bytes=5-99", 206, "56789"},
                            Row{"bytes=10-", 416, ""}, Row{"bytes=0-1,3-4", 200, "0123456789"}, Row{"lines=1-2", 200, "0123456789"},
                            Row{"bytes=99999999999999999999-", 200, "0123456789"}}) {
        CAPTURE(row.range);
        const auto part = ask(worker, "GET", "/a.txt", "Range: " + std::string{row.range} + "\r\n");
        CHECK(status(part) == row.status);
        CHECK(body_of(part) == row.body);
    }
    CHECK(has(ask(worker, "GET", "/sub"), "Location: /sub/\r\n"));
    CHECK(body_of(ask(worker, "GET", "/sub/")) == "sub");
    for (const char* target : {"/.hidden", "/../config.json", "/%2e%2e/config.json", "/sub/..%2f..%2fconfig.json", "/link.json",
        "/models/note.json", "/a.txt/",
                               "/a.txt%00.html", "//a.txt", "/docs", "/docs/nope", "/..%5cconfig.json"}) {
        CAPTURE(target);
        const auto answer = ask(worker, "GET", target);
        CHECK(status(answer) != 200);
        CHECK_FALSE(has(answer, "secret"));
    }
    const auto big = ask(worker, "GET", "/docs/big.bin");
    CHECK(has(big, "max-age=5\r\n"));
    CHECK(body_of(big) == std::string(700'000, 'b'));
    CHECK(has(ask(worker, "HEAD", "/docs/big.bin"), "Content-Length: 700000\r\n"));
    CHECK(status(ask(worker, "POST", "/a.txt")) == 404);
}

TEST_CASE("status: beats an index page where the scaffold's boot/root.js is") {
    const Worker worker{"{}", true,
                        {{"middleware.json",
                            R"({"routes": {"loopback#status": {"paths": "/health"}}, "files": {"loopback#static": {"params": "$!../client"}}})"},
                         {"client/index.html", "page"},
                         {"boot/root.js", ""}}};
    CHECK(has(ask(worker, "GET", "/"), "\"started\""));
    CHECK(has(ask(worker, "GET", "/health"), "\"uptime\""));
}

TEST_CASE("middleware.json: favicon and urlNotFound are there if they are named") {
    const Worker bare{"{}", true, middleware("{}")};
    CHECK(status(ask(bare, "GET", "/favicon.ico")) == 404);
    CHECK(has(ask(bare, "GET", "/nope"), "<pre>Cannot GET /nope</pre>"));
    const Worker named{"{}", true, middleware(R"({"initial:before": {"loopback#favicon": {}}, "final": {"loopback#urlNotFound": {}}})")};
    CHECK(status(ask(named, "GET", "/favicon.ico")) == 200);
    CHECK(has(ask(named, "GET", "/nope"), R"({"error":{"statusCode":404)"));
}

TEST_CASE("strong-error-handler: debug adds a stack, rootProperty false takes the wrapper off") {
    const Worker worker{"{}", true,
        middleware(R"({"final:after": {"strong-error-handler": {"params": {"debug": true, "rootProperty": false}}}})")};
    const auto answer = ask(worker, "GET", "/api/Notes/9");
    CHECK(body_of(answer).starts_with(R"({"statusCode":404,"name":"Error")"));
    CHECK(has(answer, R"("stack":"Error: Unknown)"));
}

TEST_CASE("middleware.json: what is not known is a warning with its place") {
    Worker worker{"{}", false, middleware("{\"routes\": {\n\"./middleware/mine\": {}, \"compression\": {\"params\": {\"levl\": 1}}}}")};
    CHECK(worker.hear() == "warning middleware.json:2 /routes/.~1middleware~1mine: a middleware of code, not run");
    CHECK(worker.hear() == "warning middleware.json:2 /routes/compression/params/levl: unknown key, ignored");
    CHECK(worker.hear() == "ready");
}

TEST_CASE("sharedMethods: what is closed is no route and not described") {
    const Worker worker{R"({"remoting": {"sharedMethods": {"deleteById": false}}})", true,
                        {{"model-config.json",
                            R"({"Note": {"dataSource": "db", "options": {"remoting": {"sharedMethods": {"upsert": false, "count": false}}}}})"},
                         {"component-config.json", R"({"loopback-component-explorer": {"mountPath": "/docs"}})"}}};
    CHECK(status(post_json(worker, "/api/Notes", R"({"title":"a"})")) == 200);
    CHECK(has(ask(worker, "DELETE", "/api/Notes/1"), R"(Shared class \"Note\" has no method handling DELETE /1)"));
    CHECK(status(ask(worker, "PATCH", "/api/Notes", "Content-Type: application/json\r\n", R"({"title":"b"})")) == 404);
    CHECK(has(ask(worker, "GET", "/api/Notes/count"), "MODEL_NOT_FOUND"));
    const auto described = ask(worker, "GET", "/docs/swagger.json");
    CHECK_FALSE(has(described, "deleteById"));
    CHECK_FALSE(has(described, "patchOrCreate"));
    CHECK(has(described, "findById"));
    CHECK(has(ask(worker, "GET", "/docs/openapi.json"), "{\"openapi\":\"3.0.3\""));
}

TEST_CASE("sharedMethods: a value that is not true or false stops the start") {
    Worker worker{"{}", false, {{"model-config.json",
        R"({"Note": {"dataSource": "db", "options": {"remoting": {"sharedMethods": {"find": "no"}}}}})"}}};
    CHECK(has(worker.hear(), "\"pointer\":\"/Note/options/remoting/sharedMethods/find\""));
}

TEST_CASE("component-config.json: the explorer can be off") {
    const Worker worker{"{}", true, {{"component-config.json", R"({"loopback-component-explorer": null})"}}};
    CHECK(status(ask(worker, "GET", "/explorer/")) == 404);
}
