#include <doctest/doctest.h>

#include "tenant-app/rest/answer.hpp"
#include "tenant-app/rest/etag.hpp"

using namespace mt::app::rest;
using mt::Errc;
using mt::Error;

TEST_CASE("failure_answer: is LoopBack's error object") {
    const auto failure = to_failure(Error{Errc::not_found, "Unknown \"Customer\" id \"9\"."}.labelled("MODEL_NOT_FOUND"));
    const auto answer = failure_answer(failure, Request{});
    CHECK(answer.status == 404);
    CHECK(answer.body ==
          R"({"error":{"statusCode":404,"name":"Error","message":"Unknown \"Customer\" id \"9\".","code":"MODEL_NOT_FOUND"}})");
}

TEST_CASE("failure_answer: says nothing of what broke below us") {
    const auto answer = failure_answer(to_failure(Error{Errc::failed, "disk /secret/path is full"}), Request{});
    CHECK(answer.status == 500);
    CHECK(answer.body == R"({"error":{"statusCode":500,"message":"Internal Server Error"}})");
}

TEST_CASE("failure_answer: carries the details of a validation") {
    const auto answer = failure_answer(to_failure(Error{Errc::validation, "no"}.with_details(R"({"a":1})")), Request{});
    CHECK(answer.status == 422);
    CHECK(answer.body == R"({"error":{"statusCode":422,"name":"ValidationError","message":"no","details":{"a":1}}})");
}

TEST_CASE("failure_answer: escapes what a client sent into the HTML page") {
    Request request;
    request.accept = "text/html";
    const auto answer = failure_answer(Failure{404, "Cannot GET /<script>", "Error", {}, {}}, request);
    CHECK(answer.content_type == "text/html; charset=utf-8");
    CHECK(answer.body.find("<script>") == std::string::npos);
    CHECK(answer.body.find("&lt;script&gt;") != std::string::npos);
}

TEST_CASE("to_failure: every code has its status") {
    const std::pair<Errc, unsigned> rows[] = {
        {Errc::failed, 500},     {Errc::usage, 500},      {Errc::invalid_name, 400},   {Errc::invalid_config, 500}, {Errc::bad_request, 400},
        {Errc::not_allowed, 403}, {Errc::validation, 422}, {Errc::no_such_tenant, 404}, {Errc::not_found, 404},      {Errc::conflict, 409},
        {Errc::payload_too_large, 413}, {Errc::unavailable, 503}, {Errc::timed_out, 504}, {Errc::interrupted, 503}};
    for (const auto& [code, status] : rows) {
        CAPTURE(std::string{mt::name(code)});
        CHECK(to_failure(Error{code, "x"}).status == status);
    }
}

TEST_CASE("weak_etag: differs with any byte and names the length") {
    CHECK(weak_etag("{}").starts_with("W/\"2-"));
    CHECK(weak_etag("") != weak_etag(std::string(1, '\0')));
    CHECK(weak_etag("0123456789abcdef0") != weak_etag("0123456789abcdef1"));
    CHECK(weak_etag("same") == weak_etag("same"));
}

TEST_CASE("is_fresh: compares weakly, and not at all if the client says no-cache") {
    const auto tag = weak_etag("x");
    CHECK(is_fresh(tag, tag, ""));
    CHECK(is_fresh(tag, "\"other\", " + tag.substr(2), ""));
    CHECK(is_fresh(tag, "*", ""));
    CHECK_FALSE(is_fresh(tag, "W/\"bogus\"", ""));
    CHECK_FALSE(is_fresh(tag, "", ""));
    CHECK_FALSE(is_fresh(tag, tag, "max-age=0, no-cache"));
}

TEST_CASE("append_head: CORS fields as the npm package sends them") {
    const Settings settings;
    Request request;
    request.verb = Verb::options;
    request.origin = "http://a.example";
    request.asked_headers = "x-foo";
    Answer answer;
    answer.status = 204;
    std::string head;
    append_head(head, answer, request, settings, true);
    for (const auto* line : {"HTTP/1.1 204 No Content\r\n", "Access-Control-Allow-Origin: http://a.example\r\n", "Vary: Origin\r\n",
                             "Access-Control-Allow-Credentials: true\r\n", "Access-Control-Allow-Methods: GET,HEAD,PUT,PATCH,POST,DELETE\r\n",
                             "Access-Control-Allow-Headers: x-foo\r\n", "Access-Control-Max-Age: 86400\r\n", "Content-Length: 0\r\n"}) {
        CAPTURE(std::string{line});
        CHECK(head.find(line) != std::string::npos);
    }
}
