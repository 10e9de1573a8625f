#pragma once
#include <string>

struct x509_st;

namespace mt::gateway {

/// What the worker is told about a client's certificate, as header lines of printable ASCII: X-Client-Cert-Subject (RFC 4514, most
/// specific part first, everything beyond ASCII escaped) and X-Client-Cert-Fingerprint (SHA-256 of the certificate, hexadecimal).
/// Empty if the subject is longer than 2 KiB: no head has room for it.
std::string client_certificate_fields(x509_st* certificate);

}  // namespace mt::gateway
