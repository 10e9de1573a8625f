#include "base/uid_range.hpp"

#include <charconv>

namespace mt {

namespace {

constexpr uid_t k_uid_least = 1000, k_uid_most = 4'294'967'293;

std::optional<uid_t> uid_number(std::string_view text) {
    uid_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

Result<UidRange> parse_uid_range(std::string_view text) {
    const auto dash = text.find('-');
    const auto first = uid_number(text.substr(0, dash));
    const auto last = dash == std::string_view::npos ? std::nullopt : uid_number(text.substr(dash + 1));
    if (!first || !last) return Error{Errc::invalid_config, "must be a range such as \"300000-365535\", or \"off\""};
    if (*first < k_uid_least || *last > k_uid_most || *first > *last)
        return Error{Errc::invalid_config, "must be a range from 1000 to 4294967293, the smaller number first"};
    return UidRange{*first, *last};
}

}  // namespace mt
