#include <doctest/doctest.h>

#include <string>

#include "base/http/chunked.hpp"

using namespace std::string_literals;
using mt::http::ChunkedDecoder;

namespace {

struct Outcome {
    std::string body;
    std::size_t used = 0;
    bool done = false, failed = false;
    bool operator==(const Outcome&) const = default;
};

/// Feeds `piece` bytes at a time.
Outcome decode(std::string_view bytes, std::size_t piece) {
    ChunkedDecoder decoder;
    Outcome outcome;
    while (outcome.used < bytes.size() && !decoder.done() && !decoder.failed()) {
        const auto step = decoder.feed(bytes.substr(outcome.used, piece));
        outcome.body += step.data;
        outcome.used += step.used;
        if (step.used == 0) break;
    }
    outcome.done = decoder.done();
    outcome.failed = decoder.failed();
    if (outcome.failed) {
        CHECK(decoder.why()[0] != '\0');
        outcome.used = 0;  // where a failure shows within a piece depends on the piece
        outcome.body.clear();
    }
    return outcome;
}

}  // namespace

TEST_CASE("ChunkedDecoder: the same result however the bytes are cut") {
    struct Row {
        std::string bytes;
        bool done, failed;
        std::string body;
    };
    const Row rows[] = {
        {"0\r\n\r\n", true, false, ""},
        {"5\r\nhello\r\n0\r\n\r\n", true, false, "hello"},
        {"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nGET", true, false, "hello world"},
        {"a\r\n0123456789\r\n0\r\n\r\n", true, false, "0123456789"},
        {"A\r\n0123456789\r\n0\r\n\r\n", true, false, "0123456789"},
        {"00005\r\nhello\r\n000\r\n\r\n", true, false, "hello"},
        {"5;a\r\nhello\r\n0;b=c\r\n\r\n", true, false, "hello"},
        {"5;a=\"x;\\\"y\";b=1; c\r\nhello\r\n0\r\n\r\n", true, false, "hello"},
        {"2\r\n\r\n\r\n0\r\n\r\n", true, false, "\r\n"},
        {"0\r\nX: y\r\n\r\n", true, false, ""},
        {"0\r\nX:\r\nContent-Length: 7\r\n\r\n", true, false, ""},
        {"", false, false, ""},
        {"5", false, false, ""},
        {"5\r\nhel", false, false, "hel"},
        {"5\r\nhello", false, false, "hello"},
        {"5\r\nhello\r\n0\r\n", false, false, "hello"},
        {"5\r\nhello\r\n0\r\n\r", false, false, "hello"},
        {"\r\n", false, true, ""}, {"\n", false, true, ""}, {" 5\r\n", false, true, ""}, {"5 \r\n", false, true, ""}, {"5\t\r\n", false, true, ""},
        {"+5\r\n", false, true, ""}, {"-5\r\n", false, true, ""}, {"0x5\r\n", false, true, ""}, {"5h\r\n", false, true, ""}, {"g\r\n", false, true, ""},
        {"5\nhello\n0\n\n", false, true, ""}, {"5\rhello", false, true, ""}, {"5\r\nhello0\r\n\r\n", false, true, ""},
        {"5\r\nhello\n0\r\n\r\n", false, true, ""}, {"5\r\nhello\r0\r\n\r\n", false, true, ""}, {"5\r\nhello world\r\n0\r\n\r\n", false, true, ""},
        {"5\r\nhello\r\n\r\n", false, true, ""}, {"5\r\nhello\r\n0\r\n\n", false, true, ""}, {"5\r\nhello\r\n0\r\n\rX", false, true, ""},
        {"5\r\nhello\r\n0\n\r\n", false, true, ""}, {"5,6\r\n", false, true, ""}, {"5.0\r\n", false, true, ""}, {"\xb2\r\n", false, true, ""},
        {"5\0\r\n"s, false, true, ""}, {"5;\r\n", false, true, ""}, {"5;=a\r\n", false, true, ""}, {"5;a=\r\n", false, true, ""},
        {"5;a b\r\n", false, true, ""}, {"5 ;a\r\n", false, true, ""}, {"5;a\nhello", false, true, ""}, {"5;a=\"x\r\n", false, true, ""},
        {"5;a=\"x\"y\r\n", false, true, ""}, {"5;a=\"\n\"\r\n", false, true, ""}, {"5;a=\"\\\n\"\r\n", false, true, ""}, {"5;\x01\r\n", false, true, ""},
        {"5;a=\x80\r\n", false, true, ""}, {"5;a\0\r\n"s, false, true, ""},
        {"ffffffffffffffff\r\n", false, true, ""}, {"10000000000000000\r\n", false, true, ""}, {"10000000000000005\r\nhello", false, true, ""},
        {"0000000000000000000000005\r\nhello", false, true, ""}, {"5;" + std::string(9000, 'a'), false, true, ""},
        {"0\r\nX : y\r\n\r\n", false, true, ""}, {"0\r\n X: y\r\n\r\n", false, true, ""}, {"0\r\nX: y\n\r\n", false, true, ""},
        {"0\r\nX: y\r\n z\r\n\r\n", false, true, ""}, {"0\r\nX\r\n\r\n", false, true, ""}, {"0\r\n: y\r\n\r\n", false, true, ""},
        {"0\r\nX: \0\r\n\r\n"s, false, true, ""}, {"0\r\nX: a\rb\r\n\r\n", false, true, ""}, {"0\r\nGET / HTTP/1.1\r\n", false, true, ""},
        {"0\r\nX: " + std::string(9000, 'a') + "\r\n\r\n", false, true, ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.bytes);
        const auto whole = decode(row.bytes, row.bytes.size() + 1);
        CHECK(whole.done == row.done);
        CHECK(whole.failed == row.failed);
        CHECK(whole.body == row.body);
        for (std::size_t piece = 1; piece < 9; ++piece) {
            CAPTURE(piece);
            CHECK(decode(row.bytes, piece) == whole);
        }
    }
    CHECK(decode("5\r\nhello\r\n0\r\n\r\nGET", 64).used == 15);
}

TEST_CASE("ChunkedDecoder: extensions are bounded over the whole body") {
    std::string bytes;
    for (int i = 0; i < 3000; ++i) bytes += "1;aaa\r\nx\r\n";
    CHECK(decode(bytes, 1000).failed);
    bytes.clear();
    for (int i = 0; i < 3000; ++i) bytes += "1\r\nx\r\n";
    CHECK(decode(bytes + "0\r\n\r\n", 1000).body == std::string(3000, 'x'));
}
