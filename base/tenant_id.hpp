#pragma once
#include <compare>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace mt {

/// A tenant's name, `[a-z0-9]{1,63}`: a DNS label without hyphens, safe as a path segment, file name and URL segment.
class TenantId {
public:
    /// Lower-cases what a user typed. Fails with invalid_name.
    static Result<TenantId> parse(std::string_view typed);
    /// True for what stands in URLs and folders: no folding.
    static bool is_valid(std::string_view text);

    const std::string& str() const { return text_; }
    auto operator<=>(const TenantId&) const = default;

private:
    explicit TenantId(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

}  // namespace mt

template <>
struct std::hash<mt::TenantId> {
    std::size_t operator()(const mt::TenantId& id) const { return std::hash<std::string>{}(id.str()); }
};
