#include "tests/component/proxy/tls_files.hpp"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <utility>

namespace mt::gateway::test {

namespace {

void extend(X509* certificate, int nid, const std::string& value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    REQUIRE(extension != nullptr);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

template <class Write>
void write_pem(const std::string& path, Write write) {
    BIO* const out = BIO_new_file(path.c_str(), "w");
    REQUIRE(out != nullptr);
    CHECK(write(out) == 1);
    BIO_free(out);
    ::chmod(path.c_str(), 0600);
}

}  // namespace

MadeCertificate::MadeCertificate(MadeCertificate&& other) noexcept
    : certificate(std::move(other.certificate)), key(std::move(other.key)), x509(std::exchange(other.x509, nullptr)),
      pkey(std::exchange(other.pkey, nullptr)) {}

MadeCertificate::~MadeCertificate() {
    X509_free(x509);
    EVP_PKEY_free(pkey);
}

MadeCertificate make_certificate(const std::string& folder, const std::string& name, const std::vector<std::string>& hosts,
                                 const MadeCertificate* issuer) {
    MadeCertificate made;
    made.certificate = folder + "/" + name + ".pem";
    made.key = folder + "/" + name + ".key";
    made.pkey = EVP_EC_gen("P-256");
    made.x509 = X509_new();
    X509_set_version(made.x509, X509_VERSION_3);
    static long serial = 0;
    ASN1_INTEGER_set(X509_get_serialNumber(made.x509), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(made.x509), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made.x509), 3600);
    X509_set_pubkey(made.x509, made.pkey);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.x509), "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.c_str()),
                               -1, -1, 0);
    X509_set_issuer_name(made.x509, X509_get_subject_name(issuer ? issuer->x509 : made.x509));
    if (!issuer) extend(made.x509, NID_basic_constraints, "critical,CA:TRUE");
    std::string names;
    for (const auto& host : hosts) names += (names.empty() ? "DNS:" : ",DNS:") + host;
    if (!names.empty()) extend(made.x509, NID_subject_alt_name, names);
    REQUIRE(X509_sign(made.x509, issuer ? issuer->pkey : made.pkey, EVP_sha256()) > 0);
    write_pem(made.certificate, [&](BIO* out) { return PEM_write_bio_X509(out, made.x509); });
    write_pem(made.key, [&](BIO* out) { return PEM_write_bio_PrivateKey(out, made.pkey, nullptr, nullptr, 0, nullptr, nullptr); });
    return made;
}

}  // namespace mt::gateway::test
