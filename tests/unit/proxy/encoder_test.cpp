#include <doctest/doctest.h>
#include <zstd.h>

#include <random>
#include <vector>

#include "gateway/proxy/content_coding.hpp"
#include "tests/support/gunzip.hpp"

using namespace mt::gateway;
using mt::http::Head;
using State = mt::http::ScanResult::State;

namespace {

std::string decoded(Coding coding, const std::string& bytes) {
    std::string out(4u << 20, '\0');
    if (coding == Coding::zstd) {
        ZSTD_DCtx* const context = ZSTD_createDCtx();
        ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
        ZSTD_outBuffer to{out.data(), out.size(), 0};
        CHECK_FALSE(ZSTD_isError(ZSTD_decompressStream(context, &to, &in)));
        ZSTD_freeDCtx(context);
        out.resize(to.pos);
        return out;
    }
    return mt::test::gunzip(bytes);
}

/// Runs until `until` is reached, `room` bytes at a time.
std::string run(Encoder& encoder, std::string_view in, std::size_t room, Encoder::Until until) {
    std::string all;
    std::vector<char> out(room);
    for (bool done = false; !done;) {
        const auto bytes = encoder.run(in, out.data(), room, until, done);
        all.append(out.data(), bytes);
        REQUIRE(all.size() < (8u << 20));
    }
    CHECK(in.empty());
    return all;
}

std::string text_of(std::size_t bytes) {
    std::mt19937 random{7};
    std::string text;
    while (text.size() < bytes) text += "{\"name\":\"n" + std::to_string(random() % 1000) + "\",\"value\":" + std::to_string(random()) + "}\n";
    text.resize(bytes);
    return text;
}

Coding asks(const std::string& accept) {
    static Head head;
    const auto bytes = "GET / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: " + accept + "\r\n\r\n";
    REQUIRE(mt::http::scan_request(bytes, head).state == State::complete);
    return negotiate(head);
}

bool encodable(const std::string& head_text) {
    static Head head;
    const auto bytes = head_text + "\r\n";  // which the head views
    REQUIRE(mt::http::scan_response(bytes, head, false).state == State::complete);
    return may_encode(head);
}

}  // namespace

TEST_CASE("Encoder: any split and any room give back what went in") {
    for (const auto coding : {Coding::gzip, Coding::zstd})
        for (const std::size_t size : {0, 1, 1000, 300'000})
            for (const std::size_t room : {1, 7, 4096, 65536}) {
                if (room < 100 && size > 1000) continue;
                CAPTURE(size);
                CAPTURE(room);
                const auto text = text_of(size);
                const auto encoder = Encoder::make(coding);
                REQUIRE(encoder);
                std::string all;
                for (std::size_t at = 0; at < size; at += 999)
                    all += run(*encoder, std::string_view{text}.substr(at, 999), room, Encoder::Until::full);
                all += run(*encoder, {}, room, Encoder::Until::ended);
                CHECK(decoded(coding, all) == text);
                if (size == 300'000) CHECK(all.size() < size / 2);
            }
}

TEST_CASE("Encoder: after a flush the reader has all that was said so far") {
    for (const auto coding : {Coding::gzip, Coding::zstd}) {
        const auto encoder = Encoder::make(coding);
        const auto text = text_of(50'000);
        std::string sent;
        for (std::size_t at = 0; at < text.size(); at += 5'000) {
            sent += run(*encoder, std::string_view{text}.substr(at, 5'000), 4096, Encoder::Until::full);
            sent += run(*encoder, {}, 4096, Encoder::Until::flushed);
            CHECK(decoded(coding, sent) == text.substr(0, at + 5'000));
        }
    }
}

TEST_CASE("negotiate: what the client likes best, of equals zstd") {
    CHECK(asks("gzip") == Coding::gzip);
    CHECK(asks("gzip, deflate, br, zstd") == Coding::zstd);
    CHECK(asks("GZIP;q=0.5, zstd;q=0.4") == Coding::gzip);
    CHECK(asks("zstd;q=0, gzip;q=0.001") == Coding::gzip);
    CHECK(asks("gzip;q=0") == Coding::identity);
    CHECK(asks("gzip;q=0.5, identity") == Coding::identity);
    CHECK(asks("*") == Coding::gzip);
    CHECK(asks("*;q=0") == Coding::identity);
    CHECK(asks("gzip;q=0, *") == Coding::identity);
    CHECK(asks("br, deflate") == Coding::identity);
    CHECK(asks("identity") == Coding::identity);
    CHECK(asks("") == Coding::identity);
    CHECK(asks("gzip;x=1") == Coding::identity);
    CHECK(asks("gzip; q=1.0") == Coding::gzip);
}

TEST_CASE("may_encode: text that is whole, plain and not small") {
    const std::string ok = "HTTP/1.1 200 OK\r\n", json = "Content-Type: application/json; charset=utf-8\r\n", big = "Content-Length: 5000\r\n";
    CHECK(encodable(ok + json + big));
    CHECK(encodable(ok + json + "Transfer-Encoding: chunked\r\n"));
    CHECK(encodable(ok + json));
    CHECK(encodable("HTTP/1.1 404 Not Found\r\n" + json + big));
    for (const char* type : {"text/html", "TEXT/plain", "application/problem+json", "image/svg+xml", "application/javascript"}) CHECK(encodable(ok + "Content-Type: " + type + "\r\n" + big));
    for (const char* type : {"text/event-stream", "image/png", "application/octet-stream", "application/zip", ""}) CHECK_FALSE(encodable(ok + "Content-Type: " + type + "\r\n" + big));
    CHECK_FALSE(encodable(ok + big));
    CHECK_FALSE(encodable(ok + json + "Content-Length: 1023\r\n"));
    CHECK(encodable(ok + json + "Content-Length: 1024\r\n"));
    CHECK_FALSE(encodable(ok + json + big + "Content-Encoding: br\r\n"));
    CHECK_FALSE(encodable(ok + json + big + "Cache-Control: public, No-Transform\r\n"));
    CHECK_FALSE(encodable(ok + json + big + "Content-Range: bytes 0-1/2\r\n"));
    for (const char* status : {"204 No Content", "206 Partial Content", "304 Not Modified"}) CHECK_FALSE(encodable("HTTP/1.1 " + std::string{status} + "\r\n" + json));
}
