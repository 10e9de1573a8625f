#pragma once
#include <netinet/in.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/files.hpp"
#include "gateway/proxy/proxy.hpp"

namespace mt::gateway::test {

/// A blocking socket; every read ends after 10 s at the latest.
class Peer {
public:
    explicit Peer(int fd);
    int fd() const { return fd_.get(); }
    /// False: the other end is gone.
    bool send(std::string_view bytes);
    /// One head, up to and with its empty line; empty at EOF, error or timeout.
    std::string head();
    /// Exactly that many bytes, fewer at EOF.
    std::string bytes(std::size_t count);
    /// Everything up to EOF (or a reset, which sets `reset`).
    std::string rest();
    /// Head and a body by Content-Length or chunked (decoded).
    std::string answer();
    bool at_end() { return rest().empty(); }
    void end_sending();
    void close() { fd_.reset(); }
    bool reset = false;

private:
    bool fill();
    Fd fd_;
    std::string held_;
};

/// A UNIX socket server; `script` runs per connection on a thread of its own.
class FakeWorker {
public:
    using Script = std::function<void(Peer&, int number)>;
    FakeWorker(std::string path, Script script);
    ~FakeWorker();
    int connections() const { return connections_; }

private:
    std::string path_;
    Fd listening_;
    Script script_;
    std::atomic<int> connections_{0};
    std::atomic<bool> stop_{false};
    std::mutex mutex_;
    std::vector<std::thread> threads_;
    std::vector<int> open_;
    std::thread acceptor_;
};

/// Answers every request on a connection with `answer` until it ends.
FakeWorker::Script always(std::string answer);

/// A running proxy with the tenants foo and bar.
struct Rig : Demand {
    explicit Rig(std::function<void(ProxyOptions&, Limits&)> adjust = {});
    ~Rig();
    void want(const TenantId& tenant) override;
    bool wait_wanted(int times);
    std::string path(const char* tenant) const { return folder + "/" + tenant + ".sock"; }
    TenantGate& gate(const char* tenant) { return *table->find(tenant)->second->gate; }
    /// Publishes this table, and waits until every thread has it.
    void publish(std::shared_ptr<TenantTable> table);
    Peer client();
    sockaddr_in address() const;
    /// One request on a connection of its own; the whole answer.
    std::string get(const std::string& target, const std::string& fields = {});

    std::string folder;
    std::shared_ptr<TenantTable> table;
    std::unique_ptr<Proxy> proxy;
    std::mutex mutex;
    std::condition_variable changed;
    int wanted = 0;

private:
    unsigned short port_ = 0;  // the same while the proxy is replaced
};

/// Waits until `fact`, at most 10 s.
bool eventually(const std::function<bool()>& fact);
inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
inline const std::string k_ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

}  // namespace mt::gateway::test
