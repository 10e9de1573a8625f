#include "base/tenant_id.hpp"

#include <algorithm>

namespace mt {

bool TenantId::is_valid(std::string_view text) {
    return !text.empty() && text.size() <= 63 &&
           std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

Result<TenantId> TenantId::parse(std::string_view typed) {
    std::string text{typed};
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (is_valid(text)) return TenantId{std::move(text)};
    return Error{Errc::invalid_name, "'" + std::string{typed.substr(0, 80)} + "' is not a tenant id"}.hint(
        "an id is 1 to 63 letters and digits, for example acme2");
}

}  // namespace mt
