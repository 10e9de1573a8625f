#pragma once
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/tls_config.hpp"
#include "gateway/tls/openssl.hpp"

namespace mt::gateway {

/// Reads the chain and the key into `context`. Fails with invalid_config at the file that is at fault: missing, unreadable, not
/// PEM, encrypted, or a key of another certificate. What is odd and works (a key that others may read, a certificate that has
/// run out) is added to `warnings`.
Status use_certificate(SSL_CTX* context, const CertificateFiles& files, std::vector<std::string>& warnings);

/// The DNS names of its subjectAltName extension.
std::vector<std::string> names_of(const X509* certificate);

/// Trusts the certificates in the file to sign clients' certificates, and names them to clients. Fails with invalid_config.
Status use_client_ca(SSL_CTX* context, const std::filesystem::path& file);

}  // namespace mt::gateway
