#pragma once
#include <compare>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/tenant_id.hpp"

namespace mt::mtm {

/// A model's name: a letter, then up to 62 letters, digits and `_`. It becomes a file name, a table, a URL segment and a word
/// in JavaScript, so names that mean something there already are refused too.
class ModelName {
public:
    /// Keeps the case as typed. Fails with invalid_name.
    static Result<ModelName> parse(std::string_view typed);

    const std::string& str() const { return text_; }
    auto operator<=>(const ModelName&) const = default;

private:
    explicit ModelName(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

/// `foo:Customer`.
struct ModelAddress {
    TenantId tenant;
    ModelName model;
};

/// Fails with usage (no colon) or invalid_name.
Result<ModelAddress> parse_model_address(std::string_view typed);

/// A letter or `_`, then letters, digits and `_`, at most 63: what may be a property.
bool is_identifier(std::string_view text);
/// True for names that every JavaScript object has already, such as `constructor` and `__proto__`.
bool is_reserved_in_javascript(std::string_view text);

/// Equal but for the case of ASCII letters: URLs and some file systems and databases see such names as one.
bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace mt::mtm
