#include "tests/component/proxy/tls_peer.hpp"

#include <doctest/doctest.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include <csignal>
#include <filesystem>

namespace mt::gateway::test {

TlsPeer::TlsPeer(Peer socket, const TlsClientOptions& options)
    : socket_(std::move(socket)), context_(SSL_CTX_new(TLS_client_method())), ssl_(nullptr) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets that may be closed
    if (options.certificate) {
        SSL_CTX_use_certificate(context_, options.certificate->x509);
        SSL_CTX_use_PrivateKey(context_, options.certificate->pkey);
    }
    ssl_ = SSL_new(context_);
    if (options.version) {
        SSL_set_security_level(ssl_, 0);
        SSL_set_min_proto_version(ssl_, options.version);
        SSL_set_max_proto_version(ssl_, options.version);
    }
    if (!options.host.empty()) SSL_set_tlsext_host_name(ssl_, options.host.c_str());
    if (options.resume) SSL_set_session(ssl_, options.resume);
    if (!options.protocol.empty()) {
        const auto list = static_cast<char>(options.protocol.size()) + options.protocol;
        SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(list.data()), static_cast<unsigned>(list.size()));
    }
    SSL_set_fd(ssl_, socket_.fd());
    connected_ = SSL_connect(ssl_) == 1;
}

TlsPeer::TlsPeer(TlsPeer&& other) noexcept
    : socket_(std::move(other.socket_)), context_(std::exchange(other.context_, nullptr)), ssl_(std::exchange(other.ssl_, nullptr)),
      connected_(other.connected_), held_(std::move(other.held_)) {}

TlsPeer::~TlsPeer() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
}

std::string TlsPeer::server_name() const {
    X509* const certificate = SSL_get0_peer_certificate(ssl_);
    char name[100] = "";
    if (certificate) X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
    return name;
}

bool TlsPeer::send(std::string_view bytes) {
    std::size_t put = 0;
    return SSL_write_ex(ssl_, bytes.data(), bytes.size(), &put) == 1 && put == bytes.size();
}

std::string TlsPeer::some() {
    if (!held_.empty()) return std::exchange(held_, {});
    char piece[16384];
    std::size_t got = 0;
    if (SSL_read_ex(ssl_, piece, sizeof piece, &got) != 1) return {};
    return {piece, got};
}

std::string TlsPeer::until(const std::string& mark) {
    std::string text;
    for (;;) {
        const auto more = some();
        text += more;
        if (const auto at = text.find(mark); at != std::string::npos) {
            held_ = text.substr(at + mark.size());
            return text.substr(0, at + mark.size());
        }
        if (more.empty()) return text;
    }
}

std::string TlsPeer::bytes(std::size_t count) {
    auto text = std::exchange(held_, {});
    while (text.size() < count) {
        const auto more = some();
        if (more.empty()) return text;
        text += more;
    }
    held_ = text.substr(count);
    return text.substr(0, count);
}

std::string TlsPeer::rest() {
    std::string text, more;
    while (!(more = some()).empty()) text += more;
    return text;
}

void TlsPeer::end_sending() { SSL_shutdown(ssl_); }

bool TlsPeer::resumed() const { return SSL_session_reused(ssl_) == 1; }

bool TlsPeer::ended_in_order() const { return (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0; }

namespace {

std::string new_folder() {
    char name[] = "/tmp/mtg-tls-XXXXXX";
    return ::mkdtemp(name);
}

}  // namespace

TlsRig::TlsRig(std::function<void(TlsConfig&)> adjust, std::function<void(ProxyOptions&, Limits&)> more)
    : folder(new_folder()), first(make_certificate(folder, "first", {"first.test"})),
      second(make_certificate(folder, "second", {"second.test", "*.wild.test"})), authority(make_certificate(folder, "authority", {})) {
    config.certificates = {{first.certificate, first.key, {}}, {second.certificate, second.key, {}}};
    if (adjust) adjust(config);
    if (config.client_auth != TlsConfig::ClientAuth::none) config.client_ca = authority.certificate;
    std::vector<std::string> warnings;
    const auto setup = TlsSetup::load(config, warnings);
    REQUIRE(setup.ok());
    CHECK(warnings.empty());
    rig = std::make_unique<Rig>([&](ProxyOptions& options, Limits& limits) {
        options.listen[0].tls = true;
        options.tls = *setup;
        if (more) more(options, limits);
    });
}

TlsRig::~TlsRig() {
    rig.reset();
    std::filesystem::remove_all(folder);
}

}  // namespace mt::gateway::test
