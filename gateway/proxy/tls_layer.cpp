#include "gateway/proxy/tls_layer.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>

#include "gateway/proxy/client_certificate.hpp"

namespace mt::gateway {

namespace {

constexpr std::size_t k_record_bytes = 16u << 10;  ///< of plain text, the most that one record holds

/// Views the parts as one text, and hands it out record by record. Parts of less than a record are joined: a head and its body
/// would otherwise be two records, two checksums and two system calls.
class Pieces {
public:
    Pieces(const iovec* parts, int count) : part_(parts), end_(parts + count) { skip(0); }
    bool empty() const { return part_ == end_; }

    std::string_view next() const {
        static thread_local char joined[k_record_bytes];
        const std::string_view first{static_cast<const char*>(part_->iov_base) + offset_, part_->iov_len - offset_};
        if (first.size() >= k_record_bytes || part_ + 1 == end_) return first.substr(0, k_record_bytes);
        std::size_t length = first.copy(joined, k_record_bytes);
        for (const iovec* more = part_ + 1; more != end_ && length < k_record_bytes; ++more) {
            const auto take = std::min(more->iov_len, k_record_bytes - length);
            std::memcpy(joined + length, more->iov_base, take);
            length += take;
        }
        return {joined, length};
    }
    void skip(std::size_t bytes) {
        offset_ += bytes;
        for (; part_ != end_ && offset_ >= part_->iov_len; ++part_) offset_ -= part_->iov_len;
    }

private:
    const iovec* part_;
    const iovec* end_;
    std::size_t offset_ = 0;
};

}  // namespace

std::unique_ptr<TlsLayer> TlsLayer::make(Wire& wire, std::shared_ptr<const TlsSetup> setup) {
    ssl_st* const ssl = setup->connection();
    if (!ssl) return nullptr;
    std::unique_ptr<TlsLayer> layer{new TlsLayer(wire, std::move(setup), ssl)};
    BIO* const bio = BIO_new(method());
    if (!bio) return nullptr;
    BIO_set_data(bio, layer.get());
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    return layer;
}

TlsLayer::TlsLayer(Wire& wire, std::shared_ptr<const TlsSetup> setup, ssl_st* ssl) : wire_(wire), setup_(std::move(setup)), ssl_(ssl) {}

TlsLayer::~TlsLayer() { SSL_free(ssl_); }

BIO_METHOD* TlsLayer::method() {
    // Made once and never freed: connections of all threads refer to it until the process ends.
    static BIO_METHOD* const made = [] {
        BIO_METHOD* const ours = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
        BIO_meth_set_read_ex(ours, read);
        BIO_meth_set_write_ex(ours, write);
        BIO_meth_set_ctrl(ours, control);
        return ours;
    }();
    return made;
}

int TlsLayer::read(BIO* bio, char* to, std::size_t bytes, std::size_t* got) {
    auto& self = *static_cast<TlsLayer*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (!self.emptied_) {
        const auto moved = self.wire_.receive_plain(to, bytes);
        // A short read took all there was; should more come, a new edge will say so.
        if (moved.io != Wire::Io::done || !self.wire_.may_read()) self.emptied_ = true;
        if (moved.io == Wire::Io::done) {
            *got = moved.bytes;
            return 1;
        }
        if (moved.io == Wire::Io::closed) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
        if (moved.io != Wire::Io::would_block) return 0;
    } else if (BIO_test_flags(bio, BIO_FLAGS_IN_EOF)) {
        return 0;
    }
    BIO_set_retry_read(bio);
    return 0;
}

int TlsLayer::write(BIO* bio, const char* from, std::size_t bytes, std::size_t* put) {
    auto& self = *static_cast<TlsLayer*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    const iovec part{const_cast<char*>(from), bytes};
    const auto moved = self.wire_.send_plain(&part, 1);
    if (moved.io == Wire::Io::would_block) BIO_set_retry_write(bio);
    *put = moved.bytes;
    return moved.io == Wire::Io::done;
}

long TlsLayer::control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
    return command == BIO_CTRL_FLUSH;
}

void TlsLayer::begin() {
    emptied_ = false;
    ERR_clear_error();  // the queue is the thread's, and SSL_get_error reads it
}

WireLayer::Opening TlsLayer::open() {
    begin();
    const int done = SSL_accept(ssl_);
    if (done == 1) {
        setup_.reset();
        wire_.readable();  // a first request may have come with the client's last message
        if (!note_certificate()) return Opening::failed;
        const unsigned char* protocol = nullptr;
        unsigned length = 0;
        SSL_get0_alpn_selected(ssl_, &protocol, &length);
        return length == 2 ? Opening::http2 : Opening::done;  // "h2"
    }
    const int error = SSL_get_error(ssl_, done);
    if (error == SSL_ERROR_WANT_READ) {
        wire_.not_readable();
        return Opening::wants_read;
    }
    if (error == SSL_ERROR_WANT_WRITE) return Opening::wants_write;
    const int reason = ERR_GET_REASON(ERR_peek_error());
    ERR_clear_error();
    broken_ = true;
    return reason == SSL_R_HTTP_REQUEST ? Opening::not_spoken : Opening::failed;
}

bool TlsLayer::note_certificate() {
    X509* const certificate = SSL_get0_peer_certificate(ssl_);
    if (!certificate) return true;
    certificate_fields_ = client_certificate_fields(certificate);
    return !certificate_fields_.empty();
}

Wire::Moved TlsLayer::receive(char* to, std::size_t bytes) {
    if (broken_) return {Wire::Io::failed};
    begin();
    std::size_t total = 0;
    while (total < bytes) {
        std::size_t got = 0;
        if (SSL_read_ex(ssl_, to + total, bytes - total, &got) == 1) {
            total += got;
            continue;
        }
        const int error = SSL_get_error(ssl_, 0);
        if (error == SSL_ERROR_WANT_READ) {
            wire_.not_readable();
            return {total ? Wire::Io::done : Wire::Io::would_block, total};
        }
        wire_.readable();  // whoever asks again hears of the end
        if (error == SSL_ERROR_ZERO_RETURN) return {total ? Wire::Io::done : Wire::Io::closed, total};
        // Reading wants to write only to answer a key update; a client that asks for one and reads nothing is let go.
        broken_ = true;
        return {total ? Wire::Io::done : Wire::Io::failed, total};
    }
    wire_.readable();  // OpenSSL may hold more
    return {Wire::Io::done, total};
}

Wire::Moved TlsLayer::send(const iovec* parts, int count) {
    if (broken_) return {Wire::Io::failed};
    begin();
    std::size_t total = 0;
    for (Pieces pieces{parts, count}; !pieces.empty();) {
        // A record that did not leave as a whole is offered again with the same bytes, which the caller still has.
        const auto piece = pieces.next();
        std::size_t put = 0;
        if (SSL_write_ex(ssl_, piece.data(), piece.size(), &put) != 1) {
            if (SSL_get_error(ssl_, 0) == SSL_ERROR_WANT_WRITE) return {total ? Wire::Io::done : Wire::Io::would_block, total};
            broken_ = true;
            return {Wire::Io::failed, total};
        }
        total += put;
        pieces.skip(put);
    }
    return {Wire::Io::done, total};
}

void TlsLayer::say_end() {
    if (broken_ || !SSL_is_init_finished(ssl_)) return;
    begin();
    SSL_shutdown(ssl_);  // one close_notify if the socket takes it; nobody waits for the other's
    ERR_clear_error();
}

}  // namespace mt::gateway
