#pragma once
#include <string>
#include <vector>

struct x509_st;
struct evp_pkey_st;

namespace mt::gateway::test {

/// A certificate and its key, made in memory (P-256) and written as PEM files `<name>.pem` and `<name>.key` of a folder.
struct MadeCertificate {
    std::string certificate, key;  ///< paths
    x509_st* x509 = nullptr;
    evp_pkey_st* pkey = nullptr;
    MadeCertificate() = default;
    MadeCertificate(MadeCertificate&& other) noexcept;
    ~MadeCertificate();
};

/// `hosts` become subjectAltName; signed by `issuer`, or by itself, and then it may sign others.
MadeCertificate make_certificate(const std::string& folder, const std::string& name, const std::vector<std::string>& hosts,
                                 const MadeCertificate* issuer = nullptr);

}  // namespace mt::gateway::test
