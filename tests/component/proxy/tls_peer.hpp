#pragma once
#include <memory>
#include <string>

#include "tests/component/proxy/rig.hpp"
#include "tests/component/proxy/tls_files.hpp"

struct ssl_st;
struct ssl_ctx_st;
struct ssl_session_st;

namespace mt::gateway::test {

/// How a TLS client behaves.
struct TlsClientOptions {
    std::string host{};                          ///< for SNI; empty: none
    const MadeCertificate* certificate = nullptr;
    int version = 0;                             ///< TLS1_2_VERSION …; 0: any
    std::string protocol = "http/1.1";           ///< for ALPN; empty: none
    ssl_session_st* resume = nullptr;
};

/// A blocking TLS client on a socket of its own. Reads end after 10 s at the latest.
class TlsPeer {
public:
    TlsPeer(Peer socket, const TlsClientOptions& options = {});
    TlsPeer(TlsPeer&& other) noexcept;
    ~TlsPeer();
    bool connected() const { return connected_; }
    /// The common name of the server's certificate.
    std::string server_name() const;
    bool send(std::string_view bytes);
    /// At least one byte, or empty at the end.
    std::string some();
    std::string until(const std::string& mark);
    std::string bytes(std::size_t count);
    std::string rest();
    /// close_notify: nothing more is sent, answers may still come.
    void end_sending();
    bool resumed() const;
    bool ended_in_order() const;  ///< the server said close_notify
    ssl_st* ssl() { return ssl_; }
    int fd() const { return socket_.fd(); }

private:
    Peer socket_;
    ssl_ctx_st* context_;
    ssl_st* ssl_;
    bool connected_ = false;
    std::string held_;
};

/// A rig whose one listener speaks TLS.
struct TlsRig {
    /// `adjust` may change the configuration before it is loaded.
    explicit TlsRig(std::function<void(TlsConfig&)> adjust = {}, std::function<void(ProxyOptions&, Limits&)> more = {});
    ~TlsRig();
    TlsPeer client(const TlsClientOptions& options = {}) { return TlsPeer{rig->client(), options}; }

    std::string folder;
    MadeCertificate first, second, authority;
    TlsConfig config;
    std::unique_ptr<Rig> rig;
};

}  // namespace mt::gateway::test
