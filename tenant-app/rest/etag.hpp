#pragma once
#include <string>
#include <string_view>

namespace mt::app::rest {

/// A weak entity tag as express writes it, `W/"<length in hex>-<hash>"`; the hash is ours, the same in every process.
std::string weak_etag(std::string_view body);

/// Whether the client's copy is current (RFC 9110 section 13.1.2, weak comparison): `if_none_match` lists `etag` or is `*`,
/// and `cache_control` does not ask for a fresh one.
bool is_fresh(std::string_view etag, std::string_view if_none_match, std::string_view cache_control);

}  // namespace mt::app::rest
