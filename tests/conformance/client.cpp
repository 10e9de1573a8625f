#include "tests/conformance/client.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <array>

#include "base/http/chunked.hpp"
#include "base/http/head.hpp"
#include "base/json_file.hpp"

namespace mt::conformance {

namespace {

Got no_answer(std::string why) {
    Got got;
    got.failure = std::move(why);
    return got;
}

std::string lower(std::string_view text) {
    std::string out{text};
    for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

/// Adds what the socket has to `bytes`. False at its end.
bool read_more(int fd, std::string& bytes) {
    std::array<char, 16384> block;
    const auto got = ::recv(fd, block.data(), block.size(), 0);
    if (got <= 0) return false;
    bytes.append(block.data(), static_cast<std::size_t>(got));
    return true;
}

/// The body after the head, by its framing; nothing if the connection broke.
std::optional<std::string> read_body(int fd, const http::Head& head, std::string bytes) {
    std::string body;
    switch (head.framing) {
        case http::Framing::none: return body;
        case http::Framing::until_close:
            while (read_more(fd, bytes)) {}
            return bytes;
        case http::Framing::length:
            while (bytes.size() < head.content_length)
                if (!read_more(fd, bytes)) return std::nullopt;
            return bytes.substr(0, head.content_length);
        case http::Framing::chunked: break;
    }
    http::ChunkedDecoder decoder;
    std::size_t at = 0;
    for (;;) {
        const auto step = decoder.feed(std::string_view{bytes}.substr(at));
        at += step.used;
        body += step.data;
        if (decoder.done()) return body;
        if (decoder.failed() || (step.used == 0 && !read_more(fd, bytes))) return std::nullopt;
    }
}

void keep_body(Got& got, std::string text) {
    if (text.empty()) return;
    const auto* type = got.header("content-type");
    if (type && type->find("json") != std::string::npos) {
        // As JavaScript reads it: half a surrogate pair is a character there.
        if (auto value = parse_json(text, 200); value.ok()) {
            got.body = *std::move(value);
            return;
        }
    }
    got.text = std::move(text);
}

}  // namespace

bool Client::connect() {
    fd_ = Fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_.native().copy(address.sun_path, sizeof(address.sun_path) - 1);
    const timeval patience{8, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return true;
    fd_.reset();
    return false;
}

bool Client::connects() { return connect(); }

bool Client::write_all(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto put = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (put < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
}

Got Client::receive(const Message& message, bool& nothing_came) {
    http::Head head;
    std::string bytes;
    for (;;) {
        if (!read_more(fd_.get(), bytes)) {
            nothing_came = bytes.empty();
            fd_.reset();
            return no_answer("the connection ended");
        }
        const auto scan = http::scan_response(bytes, head, message.method == "HEAD");
        if (scan.state == http::ScanResult::State::complete) break;
        if (scan.state == http::ScanResult::State::invalid) return no_answer(std::string{"not HTTP: "} + scan.why);
    }
    Got got;
    got.status = static_cast<int>(head.status);
    for (const auto& field : head.fields()) got.headers.emplace_back(lower(field.name), field.value);
    if (message.head_only) {
        fd_.reset();
        return got;
    }
    const bool keep = head.keep_alive;
    auto body = read_body(fd_.get(), head, bytes.substr(head.size));
    if (!body) {
        fd_.reset();
        return no_answer("the body broke off");
    }
    if (!keep) fd_.reset();
    keep_body(got, *std::move(body));
    return got;
}

Got Client::send(const Message& message) {
    std::string bytes = message.method + " " + message.path + " HTTP/1.1\r\n";
    for (const auto& [name, value] : message.headers) bytes += name + ": " + value + "\r\n";
    bytes += "host: tenant\r\nconnection: keep-alive\r\n";
    constexpr std::array<std::string_view, 4> with_length{"POST", "PUT", "PATCH", "DELETE"};
    if (message.body || std::find(with_length.begin(), with_length.end(), message.method) != with_length.end())
        bytes += "content-length: " + std::to_string(message.body ? message.body->size() : 0) + "\r\n";
    bytes += "\r\n" + message.body.value_or("");

    for (int attempt = 0; attempt < 2; ++attempt) {
        const bool reused = static_cast<bool>(fd_);
        if (!reused && !connect()) return no_answer("cannot connect");
        bool nothing_came = false;
        write_all(bytes);
        auto got = receive(message, nothing_came);
        if (got.status != 0 || !reused || !nothing_came) return got;
    }
    return no_answer("no answer");
}

}  // namespace mt::conformance
