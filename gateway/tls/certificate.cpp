#include "gateway/tls/certificate.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include "base/files.hpp"

namespace mt::gateway {

namespace {

constexpr std::size_t k_pem_bytes_max = 4u << 20;

Error at_fault(const std::filesystem::path& file, std::string why) {
    return Error{Errc::invalid_config, std::move(why)}.in_file(file.native());
}

Result<Bio> open_pem(const std::filesystem::path& file, std::string& text) {
    auto read = read_file(file, k_pem_bytes_max);
    if (!read.ok()) return at_fault(file, read.error().message());
    text = *std::move(read);
    ERR_clear_error();
    return Bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

/// OpenSSL would ask for the passphrase on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

Result<PrivateKey> read_key(const std::filesystem::path& file) {
    std::string text;
    MT_TRY(const auto bio, open_pem(file, text));
    PrivateKey key{PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr)};
    OPENSSL_cleanse(text.data(), text.size());
    if (key) return key;
    if (text.find("ENCRYPTED") != std::string::npos || ERR_GET_REASON(ERR_peek_error()) == PEM_R_BAD_PASSWORD_READ)
        return at_fault(file, "the key is encrypted, and there is nobody to ask for the passphrase")
            .hint("decrypt it: openssl pkey -in KEY -out NEWKEY, mode 0600");
    return at_fault(file, "no private key in PEM form: " + openssl_reason());
}

std::string day_of(const ASN1_TIME* time) {
    std::tm parts{};
    char text[16];
    if (ASN1_TIME_to_tm(time, &parts) != 1) return "?";
    return {text, std::strftime(text, sizeof text, "%Y-%m-%d", &parts)};
}

void warn_of(const X509* leaf, const CertificateFiles& files, std::vector<std::string>& warnings) {
    struct stat status {};
    if (::stat(files.key.c_str(), &status) == 0 && (status.st_mode & 077) != 0)
        warnings.push_back(files.key.native() + ": the private key can be read by others than its owner; chmod 600 it");
    if (X509_cmp_current_time(X509_get0_notAfter(leaf)) < 0)
        warnings.push_back(files.certificate.native() + ": the certificate ran out on " + day_of(X509_get0_notAfter(leaf)));
    if (X509_cmp_current_time(X509_get0_notBefore(leaf)) > 0)
        warnings.push_back(files.certificate.native() + ": the certificate is not valid before " + day_of(X509_get0_notBefore(leaf)));
}

}  // namespace

std::string openssl_reason() {
    const auto code = ERR_peek_last_error();
    const char* const reason = code ? ERR_reason_error_string(code) : nullptr;
    ERR_clear_error();
    return reason ? reason : "unknown reason";
}

Status use_certificate(SSL_CTX* context, const CertificateFiles& files, std::vector<std::string>& warnings) {
    std::string text;
    MT_TRY(const auto bio, open_pem(files.certificate, text));
    const Certificate leaf{PEM_read_bio_X509_AUX(bio.get(), nullptr, no_passphrase, nullptr)};
    if (!leaf) return at_fault(files.certificate, "no certificate in PEM form: " + openssl_reason());
    if (SSL_CTX_use_certificate(context, leaf.get()) != 1) return at_fault(files.certificate, openssl_reason());
    while (Certificate link{PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)})
        if (SSL_CTX_add1_chain_cert(context, link.get()) != 1) return at_fault(files.certificate, openssl_reason());
    if (const auto end = ERR_peek_last_error(); end && ERR_GET_REASON(end) != PEM_R_NO_START_LINE)
        return at_fault(files.certificate, "a broken certificate in the chain: " + openssl_reason());

    MT_TRY(const auto key, read_key(files.key));
    if (X509_check_private_key(leaf.get(), key.get()) != 1) {
        ERR_clear_error();
        return at_fault(files.key, "this key does not belong to the certificate in " + files.certificate.native());
    }
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) return at_fault(files.key, openssl_reason());
    warn_of(leaf.get(), files, warnings);
    return {};
}

std::vector<std::string> names_of(const X509* certificate) {
    std::vector<std::string> names;
    auto* const list = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(list); ++i) {
        const auto* const name = sk_GENERAL_NAME_value(list, i);
        if (name->type != GEN_DNS) continue;
        names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                           static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    }
    GENERAL_NAMES_free(list);
    return names;
}

Status use_client_ca(SSL_CTX* context, const std::filesystem::path& file) {
    std::string text;
    MT_TRY(const auto bio, open_pem(file, text));
    auto* const store = SSL_CTX_get_cert_store(context);
    int count = 0;
    while (Certificate ca{PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)}) {
        if (X509_STORE_add_cert(store, ca.get()) != 1 || SSL_CTX_add_client_CA(context, ca.get()) != 1) return at_fault(file, openssl_reason());
        ++count;
    }
    if (const auto end = ERR_peek_last_error(); count == 0 || (end && ERR_GET_REASON(end) != PEM_R_NO_START_LINE))
        return at_fault(file, "no certificates in PEM form: " + openssl_reason());
    ERR_clear_error();
    return {};
}

}  // namespace mt::gateway
