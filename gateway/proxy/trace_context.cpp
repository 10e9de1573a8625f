#include "gateway/proxy/trace_context.hpp"

#include <algorithm>

namespace mt::gateway {

namespace {

constexpr std::size_t k_length = 55;  // 2 + 1 + 32 + 1 + 16 + 1 + 2

bool is_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
bool is_id(std::string_view text) { return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos; }

/// Section 3.2.2. Of a version that we do not know, what ours has in common with it.
bool valid(std::string_view value) {
    if (value.size() < k_length || value[2] != '-' || value[35] != '-' || value[52] != '-') return false;
    const auto version = value.substr(0, 2);
    if (!is_hex(version) || version == "ff") return false;
    if (value.size() > k_length && (version == "00" || value[k_length] != '-')) return false;
    return is_id(value.substr(3, 32)) && is_id(value.substr(36, 16)) && is_hex(value.substr(53, 2));
}

}  // namespace

bool TraceContext::read(const http::Head& head) {
    keep_state_ = false;
    const http::Field* found = nullptr;
    for (const auto& field : head.fields()) {
        if (field.id != http::FieldName::traceparent) continue;
        if (found) return false;
        found = &field;
    }
    if (!found || !valid(found->value)) return false;
    std::copy_n(found->value.begin(), k_length, text_.begin());
    text_[0] = text_[1] = '0';
    // Only the sampled bit is known in our version; the others are set to zero (section 3.2.2.5.2).
    text_[53] = '0';
    const char low = text_[54];
    const int bits = low <= '9' ? low - '0' : low - 'a' + 10;
    text_[54] = static_cast<char>('0' + (bits & 1));
    return keep_state_ = true;
}

void TraceContext::begin() {
    constexpr std::string_view k_shape = "00-................................-................-00";
    static_assert(k_shape.size() == k_length);
    std::copy(k_shape.begin(), k_shape.end(), text_.begin());
}

void TraceContext::fill(std::size_t at, int digits, std::uint64_t bits) {
    if (bits == 0) bits = 1;  // an id of zeros is none
    for (int i = 0; i < digits; ++i, bits >>= 4) text_[at + static_cast<std::size_t>(i)] = "0123456789abcdef"[bits & 15];
}

}  // namespace mt::gateway
