#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace mt::gateway {

/// Turns the fields of an HTTP/2 request (RFC 9113 section 8.3) into the head of an HTTP/1.1 request, which then takes the same way
/// as any other: scanned, routed, rewritten. nghttp2 has checked order and completeness of the pseudo fields; what would change
/// the meaning of a line is refused here once more. Pure.
class RequestText {
public:
    explicit RequestText(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    /// False: the request is malformed. Beyond the limit fields are counted and dropped.
    bool add(std::string_view name, std::string_view value);
    /// Counted as SETTINGS_MAX_HEADER_LIST_SIZE counts: names, values and 32 bytes each.
    bool too_large() const { return bytes_ > bytes_max_; }
    /// The head, up to and with its empty line; `has_body` adds the framing if no length was given. Empty: malformed.
    std::string finish(bool has_body);

    bool has_length() const { return has_length_; }
    bool is_head() const { return method_ == "HEAD"; }

private:
    bool add_pseudo(std::string_view name, std::string_view value);

    std::size_t bytes_max_, bytes_ = 0;
    std::string method_, path_, authority_, host_, cookies_, fields_;
    bool has_length_ = false;
};

}  // namespace mt::gateway
