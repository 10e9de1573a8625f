#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/config_object.hpp"
#include "base/listen_text.hpp"

namespace mt {

/// One certificate with its chain, and the key that belongs to it. Paths are relative to the folder of mtg.json already.
struct CertificateFiles {
    std::filesystem::path certificate, key;
    std::vector<std::string> hosts;  ///< in place of the names in the certificate; "*.example.org" covers one label

    bool operator==(const CertificateFiles&) const = default;
};

/// `tls` of mtg.json: what is written there, none of the files read yet.
struct TlsConfig {
    enum class ClientAuth { none, optional, required };

    std::vector<ListenText> listen;
    std::vector<CertificateFiles> certificates;  ///< the first is for clients that name no host, or an unknown one
    std::filesystem::path client_ca;
    ClientAuth client_auth = ClientAuth::none;
    bool redirect = false;             ///< the plain listeners answer 308 to https
    unsigned short redirect_port = 0;  ///< 0: that of the first TLS address
    bool tls13_only = false;

    bool operator==(const TlsConfig&) const = default;
};

/// Reads the object; relative paths are taken from `folder`. Fails with invalid_config.
Status read_tls(const ordered_json& value, const ConfigPlace& at, const std::filesystem::path& folder, TlsConfig& tls);

}  // namespace mt
