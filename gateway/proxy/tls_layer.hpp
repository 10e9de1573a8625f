#pragma once
#include <memory>
#include <string>

#include "gateway/proxy/wire.hpp"
#include "gateway/tls/tls_setup.hpp"

struct bio_st;
struct bio_method_st;

namespace mt::gateway {

/// TLS on a wire. OpenSSL reads and writes through the wire's own plain calls, so that the wire keeps the one account of what
/// epoll said; nothing is buffered here, and OpenSSL's buffers go back to the heap while nothing is in them.
class TlsLayer final : public WireLayer {
public:
    /// Null: out of memory. The wire owns the layer.
    static std::unique_ptr<TlsLayer> make(Wire& wire, std::shared_ptr<const TlsSetup> setup);
    ~TlsLayer() override;

    Opening open() override;
    Wire::Moved receive(char* to, std::size_t bytes) override;
    Wire::Moved send(const iovec* parts, int count) override;
    void say_end() override;
    std::string_view certificate_fields() const override { return certificate_fields_; }

private:
    TlsLayer(Wire& wire, std::shared_ptr<const TlsSetup> setup, ssl_st* ssl);
    static int read(bio_st* bio, char* to, std::size_t bytes, std::size_t* got);
    static int write(bio_st* bio, const char* from, std::size_t bytes, std::size_t* put);
    static long control(bio_st* bio, int command, long number, void* pointer);
    static bio_method_st* method();
    bool note_certificate();
    void begin();

    Wire& wire_;
    std::shared_ptr<const TlsSetup> setup_;  ///< until the handshake is over
    ssl_st* ssl_;
    bool emptied_ = false;  ///< the socket has nothing more in this call
    bool broken_ = false;   ///< OpenSSL must not be called again
    std::string certificate_fields_;
};

}  // namespace mt::gateway
