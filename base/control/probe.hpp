#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "base/listen_text.hpp"
#include "base/result.hpp"

namespace mt {

/// What a listener answered to a GET.
struct ProbeAnswer {
    unsigned status = 0;
    std::string head;  ///< as it came, at most 64 KiB
    /// A field's value, or empty; names in any case.
    std::string field(std::string_view name) const;
};

/// GETs `path` from a plain HTTP listener as a client would, blocking, each step for at most `patience`; an address
/// for all interfaces is asked on loopback. Fails with unavailable, timed_out, and with failed if what answers is not
/// HTTP.
Result<ProbeAnswer> probe(const ListenText& listen, std::string_view path,
                          std::chrono::milliseconds patience = std::chrono::seconds{10});

}  // namespace mt
