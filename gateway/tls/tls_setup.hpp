#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/tls_config.hpp"

struct ssl_st;

namespace mt::gateway {

/// Everything that new TLS connections are made of: an immutable snapshot, read by all loops and replaced as a whole by
/// `mtg reload`. A connection keeps what it needs of the snapshot that it began with.
class TlsSetup {
public:
    /// Reads all files that `config` names. Fails with invalid_config at the file that is at fault. What is odd and works
    /// is added to `warnings`, one sentence each.
    static Result<std::shared_ptr<const TlsSetup>> load(const TlsConfig& config, std::vector<std::string>& warnings);
    virtual ~TlsSetup() = default;

    /// A connection's state, accepting; the caller frees it with SSL_free, and keeps this object until the handshake is over.
    /// Null: out of memory. Any thread.
    virtual ssl_st* connection() const = 0;

    bool redirect() const { return redirect_; }
    /// 0: that of the first TLS listener.
    unsigned short redirect_port() const { return redirect_port_; }

protected:
    bool redirect_ = false;
    unsigned short redirect_port_ = 0;
};

}  // namespace mt::gateway
