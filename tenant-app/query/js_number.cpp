#include <charconv>
#include <cmath>
#include <limits>

#include "tenant-app/query/js.hpp"

namespace mt::app::js {

namespace {

/// ECMAScript 6.1.6.1.20 on the shortest digits that read back as the same number, which std::to_chars finds.
void append_finite(std::string& out, double number) {
    if (number == 0) {
        out += '0';
        return;
    }
    char buffer[40];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::fabs(number), std::chars_format::scientific).ptr;
    std::string_view text{buffer, static_cast<std::size_t>(end - buffer)};
    const auto e = text.find('e');
    int exponent = 0;
    std::string_view power = text.substr(e + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    std::from_chars(power.data(), power.data() + power.size(), exponent);
    std::string digits{text.substr(0, 1)};
    if (e > 2) digits += text.substr(2, e - 2);
    const int count = static_cast<int>(digits.size());
    const int point = exponent + 1;  // digits before the decimal point

    if (number < 0) out += '-';
    if (point > 21 || point < -5) {
        out += digits[0];
        if (count > 1) out.append(".").append(digits, 1);
        out += 'e';
        out += exponent < 0 ? '-' : '+';
        out += std::to_string(std::abs(exponent));
    } else if (point <= 0) {
        out.append("0.").append(static_cast<std::size_t>(-point), '0').append(digits);
    } else if (point >= count) {
        out.append(digits).append(static_cast<std::size_t>(point - count), '0');
    } else {
        const auto before = static_cast<std::size_t>(point);
        out.append(digits, 0, before).append(".").append(digits, before);
    }
}

std::string_view without_space(std::string_view text) {
    const auto space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
    while (!text.empty() && space(text.front())) text.remove_prefix(1);
    while (!text.empty() && space(text.back())) text.remove_suffix(1);
    return text;
}

double parse_radix(std::string_view digits, int radix) {
    if (digits.empty()) return std::numeric_limits<double>::quiet_NaN();
    double number = 0;
    for (const char c : digits) {
        int digit = 99;
        if (c >= '0' && c <= '9') digit = c - '0';
        else if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
        else if (c >= 'A' && c <= 'F') digit = c - 'A' + 10;
        if (digit >= radix) return std::numeric_limits<double>::quiet_NaN();
        number = number * radix + digit;
    }
    return number;
}

}  // namespace

void append_number(std::string& out, double number) {
    if (std::isnan(number)) out += "NaN";
    else if (std::isinf(number)) out += number < 0 ? "-Infinity" : "Infinity";
    else append_finite(out, number);
}

double to_number(std::string_view text) {
    constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();
    constexpr double k_infinity = std::numeric_limits<double>::infinity();
    text = without_space(text);
    if (text.empty()) return 0;
    if (text.size() > 2 && text[0] == '0') {
        if (text[1] == 'x' || text[1] == 'X') return parse_radix(text.substr(2), 16);
        if (text[1] == 'o' || text[1] == 'O') return parse_radix(text.substr(2), 8);
        if (text[1] == 'b' || text[1] == 'B') return parse_radix(text.substr(2), 2);
    }
    const bool negative = text[0] == '-';
    if (negative || text[0] == '+') text.remove_prefix(1);
    if (text == "Infinity") return negative ? -k_infinity : k_infinity;
    // from_chars would also take "inf", "nan" and a second sign.
    if (text.empty() || (text[0] != '.' && (text[0] < '0' || text[0] > '9'))) return k_nan;
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool dot_at_end = end + 1 == text.data() + text.size() && *end == '.' && text.find_first_of(".eE") == text.size() - 1;
    if (end != text.data() + text.size() && !dot_at_end) return k_nan;
    if (error == std::errc::result_out_of_range) {
        const auto e = text.find_first_of("eE");
        const bool small = e != std::string_view::npos && text.substr(e + 1).starts_with('-');
        number = small ? 0 : k_infinity;
    } else if (error != std::errc{}) {
        return k_nan;
    }
    return negative ? -number : number;
}

double to_number(const json& value) {
    switch (value.type()) {
        case json::value_t::null: return 0;
        case json::value_t::boolean: return value.get<bool>() ? 1 : 0;
        case json::value_t::number_integer:
        case json::value_t::number_unsigned:
        case json::value_t::number_float: return value.get<double>();
        case json::value_t::string: return to_number(std::string_view{value.get_ref<const std::string&>()});
        case json::value_t::array: return to_number(std::string_view{to_text(value)});
        case json::value_t::object:
        case json::value_t::binary:
        case json::value_t::discarded: break;
    }
    return std::numeric_limits<double>::quiet_NaN();
}

json number_value(double number) {
    if (!std::isfinite(number)) return nullptr;
    constexpr double k_exact = 9007199254740992.0;
    if (number == std::trunc(number) && std::fabs(number) <= k_exact) return static_cast<std::int64_t>(number);
    return number;
}

}  // namespace mt::app::js
