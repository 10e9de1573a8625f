#include "gateway/tls/tls_setup.hpp"

#include <openssl/err.h>

#include "gateway/tls/certificate.hpp"
#include "gateway/tls/host_map.hpp"

// One SSL_CTX per certificate; a connection starts with the first and is moved to another by the name that the client asks for.
// Tickets are always sealed and opened by the first one's keys, which are made anew with every snapshot: what was said of a client
// under an older configuration (its certificate above all) is never taken over by resuming.

namespace mt::gateway {

namespace {

constexpr const char* k_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";  // of TLS 1.2: forward secrecy and AEAD only; 1.3 has no others
constexpr const char* k_groups = "X25519:P-256:P-384";
constexpr unsigned char k_alpn[] = "\x02h2\x08http/1.1";  // in the order we like them
constexpr unsigned char k_session_context[] = "mtg";

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in, unsigned in_length, void*) {
    // No protocol in common ends the handshake (RFC 7301 section 3.2), so that nothing made for another protocol is tried on us.
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, out_length, k_alpn, sizeof k_alpn - 1, in, in_length) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

Result<SslContext> make_context(const TlsConfig& config) {
    SslContext context{SSL_CTX_new(TLS_server_method())};
    if (!context) return Error{Errc::failed, "OpenSSL: " + openssl_reason()};
    SSL_CTX* const ctx = context.get();
    SSL_CTX_set_min_proto_version(ctx, config.tls13_only ? TLS1_3_VERSION : TLS1_2_VERSION);
    // A connection that ends without close_notify is a client that left; what it sent is framed by HTTP and looks cut if it is.
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                 SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(ctx, 1);  // head and payload of a record by one system call
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);  // tickets only: the client keeps them
    SSL_CTX_set_session_id_context(ctx, k_session_context, sizeof k_session_context - 1);
    SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, nullptr);
    if (SSL_CTX_set_cipher_list(ctx, k_ciphers) != 1 || SSL_CTX_set1_groups_list(ctx, k_groups) != 1)
        return Error{Errc::failed, "OpenSSL does not know the ciphers: " + openssl_reason()};
    if (config.client_auth != TlsConfig::ClientAuth::none) {
        MT_CHECK(use_client_ca(ctx, config.client_ca));
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | (config.client_auth == TlsConfig::ClientAuth::required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                           nullptr);
    }
    return context;
}

class Setup final : public TlsSetup {
public:
    Status read(const TlsConfig& config, std::vector<std::string>& warnings) {
        redirect_ = config.redirect;
        redirect_port_ = config.redirect_port;
        for (const auto& files : config.certificates) {
            MT_TRY(auto context, make_context(config));
            MT_CHECK(use_certificate(context.get(), files, warnings));
            const auto names = files.hosts.empty() ? names_of(SSL_CTX_get0_certificate(context.get())) : files.hosts;
            for (const auto& name : names)
                if (!hosts_.add(name, contexts_.size()))
                    warnings.push_back(files.certificate.native() + ": an earlier certificate is used for " + name + " already");
            contexts_.push_back(std::move(context));
        }
        SSL_CTX_set_tlsext_servername_callback(contexts_[0].get(), choose_certificate);
        SSL_CTX_set_tlsext_servername_arg(contexts_[0].get(), this);
        return {};
    }

    SSL* connection() const override {
        ERR_clear_error();
        SSL* const ssl = SSL_new(contexts_[0].get());
        if (ssl) SSL_set_accept_state(ssl);
        return ssl;
    }

private:
    static int choose_certificate(SSL* ssl, int*, void* self) {
        const auto& setup = *static_cast<const Setup*>(self);
        const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
        if (!name) return SSL_TLSEXT_ERR_NOACK;
        SSL_set_SSL_CTX(ssl, setup.contexts_[setup.hosts_.find(name)].get());
        return SSL_TLSEXT_ERR_OK;
    }

    std::vector<SslContext> contexts_;
    HostMap hosts_;
};

}  // namespace

Result<std::shared_ptr<const TlsSetup>> TlsSetup::load(const TlsConfig& config, std::vector<std::string>& warnings) {
    auto setup = std::make_shared<Setup>();
    MT_CHECK(setup->read(config, warnings));
    return std::shared_ptr<const TlsSetup>{std::move(setup)};
}

}  // namespace mt::gateway
