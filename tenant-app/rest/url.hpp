#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace mt::app::rest {

inline char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Equal but for the case of ASCII letters.
bool same_letters(std::string_view a, std::string_view b);

/// JavaScript's decodeURIComponent: nothing for a broken escape or one that is not UTF-8.
std::optional<std::string> decode_component(std::string_view text);

/// What express leaves of `path` for a router mounted at `mount` ("/api", without trailing slash): "/Customers/1" of
/// "/API//Customers/1". Nothing if the path is not below the mount. One doubled or trailing slash is swallowed, as there.
std::optional<std::string_view> below_mount(std::string_view path, std::string_view mount);

/// `name=value` of a raw query, decoded; the first one of that name.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

}  // namespace mt::app::rest
