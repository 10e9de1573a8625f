#include "gateway/proxy/client_certificate.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "gateway/tls/openssl.hpp"

namespace mt::gateway {

namespace {

constexpr long k_subject_bytes_max = 2048;

std::string hex(const unsigned char* bytes, unsigned count) {
    std::string text;
    for (unsigned i = 0; i < count; ++i) {
        text += "0123456789abcdef"[bytes[i] >> 4];
        text += "0123456789abcdef"[bytes[i] & 15];
    }
    return text;
}

}  // namespace

std::string client_certificate_fields(X509* certificate) {
    const Bio out{BIO_new(BIO_s_mem())};
    // Control bytes and all beyond ASCII are escaped: the line cannot be broken by what a certificate says.
    X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
    const char* subject = nullptr;
    const long length = BIO_get_mem_data(out.get(), &subject);
    if (length < 0 || length > k_subject_bytes_max) return {};
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_bytes = 0;
    if (X509_digest(certificate, EVP_sha256(), digest, &digest_bytes) != 1) return {};
    return "X-Client-Cert-Subject: " + std::string(subject, static_cast<std::size_t>(length)) +
           "\r\nX-Client-Cert-Fingerprint: " + hex(digest, digest_bytes) + "\r\n";
}

}  // namespace mt::gateway
