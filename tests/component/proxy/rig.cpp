#include "tests/component/proxy/rig.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/http/chunked.hpp"

namespace mt::gateway::test {

Peer::Peer(int fd) : fd_(fd) {
    const timeval ten{10, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &ten, sizeof ten);
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &ten, sizeof ten);
}

bool Peer::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto put = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (put <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
}

bool Peer::fill() {
    char piece[65536];
    const auto got = ::recv(fd_.get(), piece, sizeof piece, 0);
    if (got < 0 && errno == ECONNRESET) reset = true;
    if (got <= 0) return false;
    held_.append(piece, static_cast<std::size_t>(got));
    return true;
}

std::string Peer::head() {
    std::size_t end;
    while ((end = held_.find("\r\n\r\n")) == std::string::npos)
        if (!fill()) return {};
    auto head = held_.substr(0, end + 4);
    held_.erase(0, end + 4);
    return head;
}

std::string Peer::bytes(std::size_t count) {
    while (held_.size() < count && fill()) {
    }
    auto bytes = held_.substr(0, count);
    held_.erase(0, bytes.size());
    return bytes;
}

std::string Peer::rest() {
    while (fill()) {
    }
    return std::exchange(held_, {});
}

std::string Peer::answer() {
    auto text = head();
    if (const auto at = text.find("Content-Length: "); at != std::string::npos) {
        text += bytes(std::stoull(text.substr(at + 16)));
    } else if (has(text, "Transfer-Encoding: chunked")) {
        http::ChunkedDecoder decoder;
        while (!decoder.done() && !decoder.failed()) {
            if (held_.empty() && !fill()) break;
            const auto step = decoder.feed(held_);
            text += step.data;
            held_.erase(0, step.used);
        }
    }
    return text;
}

void Peer::end_sending() { ::shutdown(fd_.get(), SHUT_WR); }

FakeWorker::FakeWorker(std::string path, Script script)
    : path_(std::move(path)), listening_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), script_(std::move(script)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path_.c_str());
    ::unlink(path_.c_str());
    REQUIRE(::bind(listening_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listening_.get(), 128) == 0);
    acceptor_ = std::thread{[this] {
        for (;;) {
            const int fd = ::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0 || stop_) {
                if (fd >= 0) ::close(fd);
                return;
            }
            const int number = ++connections_;
            const std::lock_guard lock{mutex_};
            open_.push_back(::dup(fd));
            threads_.emplace_back([this, fd, number] {
                Peer peer{fd};
                script_(peer, number);
                ::shutdown(fd, SHUT_RDWR);  // the copy in open_ would keep the connection
            });
        }
    }};
}

FakeWorker::~FakeWorker() {
    stop_ = true;
    ::shutdown(listening_.get(), SHUT_RDWR);
    acceptor_.join();
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    for (auto& thread : threads_) thread.join();
    for (const int fd : open_) ::close(fd);
    ::unlink(path_.c_str());
}

FakeWorker::Script always(std::string answer) {
    return [answer](Peer& peer, int) {
        while (!peer.head().empty()) peer.send(answer);
    };
}

Rig::Rig(std::function<void(ProxyOptions&, Limits&)> adjust) {
    char name[] = "/tmp/mtg-proxy-XXXXXX";
    folder = ::mkdtemp(name);
    ProxyOptions options;
    options.listen = {{"127.0.0.1", 0}};
    options.threads = 1;
    Limits limits;
    if (adjust) adjust(options, limits);
    table = std::make_shared<TenantTable>();
    for (const char* tenant : {"foo", "bar"}) {
        auto entry = std::make_shared<TenantEntry>(TenantEntry{*TenantId::parse(tenant), path(tenant), limits, std::make_shared<TenantGate>()});
        entry->gate->set(Admission::ready);
        table->set(tenant, std::move(entry));
    }
    auto created = Proxy::create(std::move(options), table, *this);
    REQUIRE(created.ok());
    proxy = *std::move(created);
    port_ = proxy->bound()[0].port;
    proxy->start();
}

Rig::~Rig() {
    proxy.reset();
    std::filesystem::remove_all(folder);
}

void Rig::want(const TenantId&) {
    const std::lock_guard lock{mutex};
    ++wanted;
    changed.notify_all();
}

bool Rig::wait_wanted(int times) {
    std::unique_lock lock{mutex};
    return changed.wait_for(lock, std::chrono::seconds{10}, [&] { return wanted >= times; });
}

void Rig::publish(std::shared_ptr<TenantTable> next) {
    proxy->publish(std::move(next));
    std::atomic<bool> there{false};
    proxy->drop_idle(*TenantId::parse("foo"), [&] { there = true; });  // travels the same way, behind it
    REQUIRE(eventually([&] { return there.load(); }));
}

sockaddr_in Rig::address() const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

Peer Rig::client() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto where = address();
    REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
    return Peer{fd};
}

std::string Rig::get(const std::string& target, const std::string& fields) {
    auto peer = client();
    peer.send("GET " + target + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + fields + "\r\n");
    return peer.rest();
}

bool eventually(const std::function<bool()>& fact) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!fact()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return true;
}

}  // namespace mt::gateway::test
