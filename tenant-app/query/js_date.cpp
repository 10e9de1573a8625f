// Date parsing as V8 does it: the ISO form of ECMAScript first, then a forgiving reader of what people and HTTP write
// ("Thu, 02 Jan 2020 03:04:05 GMT", "Jan 2, 2020", "1/2/2020"). A time without a zone is UTC, so that an answer does not
// depend on the machine.
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

#include "tenant-app/query/js.hpp"

namespace mt::app::js {

namespace {

constexpr std::int64_t k_day = 86'400'000;
constexpr double k_time_max = 8.64e15;

/// Days since 1970-01-01 of a civil date (proleptic Gregorian), any year.
std::int64_t days_of(std::int64_t year, unsigned month, unsigned day) {
    year -= month <= 2;
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const auto yoe = static_cast<std::uint64_t>(year - era * 400);
    const std::uint64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const std::uint64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + static_cast<std::int64_t>(doe) - 719468;
}

unsigned days_in(std::int64_t year, unsigned month) {
    constexpr std::array<unsigned, 12> k_days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : k_days[month - 1];
}

struct Fields {
    std::int64_t year = 0;
    unsigned month = 1, day = 1, hour = 0, minute = 0, second = 0, ms = 0;
    int zone_minutes = 0;
};

std::optional<std::int64_t> time_of(const Fields& f) {
    if (f.month < 1 || f.month > 12 || f.day < 1 || f.day > days_in(f.year, f.month)) return std::nullopt;
    if (f.minute > 59 || f.second > 59 || f.hour > 24) return std::nullopt;
    if (f.hour == 24 && (f.minute || f.second || f.ms)) return std::nullopt;
    const std::int64_t time = days_of(f.year, f.month, f.day) * k_day + f.hour * 3'600'000ll + f.minute * 60'000ll +
                              f.second * 1000ll + f.ms - f.zone_minutes * 60'000ll;
    if (std::fabs(static_cast<double>(time)) > k_time_max) return std::nullopt;
    return time;
}

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}
    bool done() const { return at_ == text_.size(); }
    char peek() const { return done() ? '\0' : text_[at_]; }
    bool take(char c) { return peek() == c && (++at_, true); }
    void skip() { ++at_; }
    /// Exactly `count` digits.
    bool digits(unsigned count, std::int64_t& number) {
        if (text_.size() - at_ < count) return false;
        number = 0;
        for (unsigned i = 0; i < count; ++i) {
            if (!std::isdigit(static_cast<unsigned char>(text_[at_ + i]))) return false;
            number = number * 10 + (text_[at_ + i] - '0');
        }
        at_ += count;
        return true;
    }
    bool digits(unsigned count, unsigned& number) {
        std::int64_t wide = 0;
        if (!digits(count, wide)) return false;
        number = static_cast<unsigned>(wide);
        return true;
    }
    std::string_view run(int (*kind)(int)) {
        const std::size_t start = at_;
        while (!done() && kind(static_cast<unsigned char>(peek()))) ++at_;
        return text_.substr(start, at_ - start);
    }

private:
    std::string_view text_;
    std::size_t at_ = 0;
};

bool read_zone(Reader& in, Fields& f) {
    if (in.take('Z') || in.take('z')) return true;
    const bool minus = in.peek() == '-';
    if (!in.take('-') && !in.take('+')) return false;
    unsigned hours = 0, minutes = 0;
    if (!in.digits(2, hours)) return false;
    in.take(':');
    if (!in.digits(2, minutes) || hours > 23 || minutes > 59) return false;
    f.zone_minutes = static_cast<int>(hours * 60 + minutes) * (minus ? -1 : 1);
    return true;
}

std::optional<Fields> parse_iso(std::string_view text) {
    Reader in{text};
    Fields f;
    if (in.peek() == '+' || in.peek() == '-') {
        const bool minus = in.peek() == '-';
        in.skip();
        if (!in.digits(6, f.year) || (minus && f.year == 0)) return std::nullopt;
        if (minus) f.year = -f.year;
    } else if (!in.digits(4, f.year)) {
        return std::nullopt;
    }
    if (in.take('-')) {
        if (!in.digits(2, f.month)) return std::nullopt;
        if (in.take('-') && !in.digits(2, f.day)) return std::nullopt;
    }
    if (in.done()) return f;
    if (!in.take('T') && !in.take('t') && !in.take(' ')) return std::nullopt;
    if (!in.digits(2, f.hour) || !in.take(':') || !in.digits(2, f.minute)) return std::nullopt;
    if (in.take(':')) {
        if (!in.digits(2, f.second)) return std::nullopt;
        if (in.take('.') || in.take(',')) {
            const auto fraction = in.run(std::isdigit);
            if (fraction.empty()) return std::nullopt;
            for (std::size_t i = 0; i < 3; ++i) f.ms = f.ms * 10 + (i < fraction.size() ? static_cast<unsigned>(fraction[i] - '0') : 0);
        }
    }
    while (in.take(' ')) {}
    if (!in.done() && !read_zone(in, f)) return std::nullopt;
    if (!in.done()) return std::nullopt;
    return f;
}

unsigned month_of(std::string_view word) {
    constexpr std::string_view k_months = "janfebmaraprmayjunjulaugsepoctnovdec";
    if (word.size() < 3) return 0;
    std::string lower{word.substr(0, 3)};
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const auto at = k_months.find(lower);
    return at == std::string_view::npos || at % 3 ? 0 : static_cast<unsigned>(at / 3 + 1);
}

bool is_weekday_or_zone(std::string_view word, Fields& f) {
    std::string lower{word};
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    for (const char* day : {"mon", "tue", "wed", "thu", "fri", "sat", "sun"}) {
        if (lower.starts_with(day)) return true;
    }
    constexpr std::array<std::pair<std::string_view, int>, 11> k_zones{{{"gmt", 0}, {"utc", 0}, {"ut", 0}, {"z", 0},
        {"est", -300}, {"edt", -240}, {"cst", -360}, {"cdt", -300}, {"mst", -420}, {"pst", -480}, {"pdt", -420}}};
    for (const auto& [zone, minutes] : k_zones) {
        if (lower == zone) return f.zone_minutes = minutes, true;
    }
    return false;
}

/// "03:04", "03:04:05.678"; `hour` is read already.
bool read_clock(Reader& in, unsigned hour, Fields& f) {
    f.hour = hour;
    if (!in.digits(2, f.minute)) return false;
    if (!in.take(':')) return true;
    if (!in.digits(2, f.second)) return false;
    if (in.take('.')) {
        const auto fraction = in.run(std::isdigit);
        for (std::size_t i = 0; i < 3; ++i) f.ms = f.ms * 10 + (i < fraction.size() ? static_cast<unsigned>(fraction[i] - '0') : 0);
    }
    return true;
}

std::optional<Fields> parse_loose(std::string_view text) {
    Reader in{text};
    Fields f;
    std::array<std::int64_t, 3> numbers{};
    std::size_t count = 0;
    bool clock = false;
    f.month = 0;
    while (!in.done()) {
        const auto c = static_cast<unsigned char>(in.peek());
        if (std::isalpha(c)) {
            const auto word = in.run(std::isalpha);
            if (clock && (word == "PM" || word == "pm") && f.hour < 12) f.hour += 12;
            else if (clock && (word == "AM" || word == "am")) f.hour %= 12;
            else if (const auto month = month_of(word)) f.month = month;
            else if (!is_weekday_or_zone(word, f)) return std::nullopt;
        } else if (std::isdigit(c)) {
            const auto run = in.run(std::isdigit);
            if (run.size() > 6) return std::nullopt;
            const auto number = std::stoll(std::string{run});
            if (in.peek() == ':' && !clock) {
                in.skip();
                clock = true;
                if (!read_clock(in, static_cast<unsigned>(number), f)) return std::nullopt;
            } else if (count < numbers.size()) {
                numbers[count++] = number;
            } else {
                return std::nullopt;
            }
        } else if (clock && (c == '+' || c == '-')) {
            if (!read_zone(in, f)) return std::nullopt;
        } else if (c == '(') {
            break;  // a comment: the zone's name
        } else if (c == ' ' || c == ',' || c == '/' || c == '-' || c == '.') {
            in.skip();
        } else {
            return std::nullopt;
        }
    }
    const auto narrow = [](std::int64_t number) { return number > 99 ? 99u : static_cast<unsigned>(number); };
    if (f.month) {
        if (count < 2) return std::nullopt;
        const bool year_first = numbers[0] > 31;
        f.day = narrow(numbers[year_first ? 1 : 0]);
        f.year = numbers[year_first ? 0 : 1];
    } else if (count == 3) {
        const bool year_first = numbers[0] > 31;
        f.year = numbers[year_first ? 0 : 2];
        f.month = narrow(numbers[year_first ? 1 : 0]);
        f.day = narrow(numbers[year_first ? 2 : 1]);
    } else {
        return std::nullopt;
    }
    if (f.year < 50) f.year += 2000;
    else if (f.year < 100) f.year += 1900;
    return f;
}

/// With zeros before it, if it has fewer digits than `width`.
void append_padded(std::string& out, unsigned number, std::size_t width) {
    char digits[12];
    const auto length = static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, number).ptr - digits);
    out.append(width > length ? width - length : 0, '0').append(digits, length);
}

}  // namespace

std::optional<std::int64_t> parse_date(std::string_view text) {
    if (text.size() > 100) return std::nullopt;
    if (const auto iso = parse_iso(text)) return time_of(*iso);
    if (const auto loose = parse_loose(text)) return time_of(*loose);
    return std::nullopt;
}

std::optional<std::int64_t> to_time(const json& value) {
    switch (value.type()) {
        case json::value_t::boolean: return value.get<bool>() ? 1 : 0;
        case json::value_t::number_integer:
        case json::value_t::number_unsigned:
        case json::value_t::number_float: {
            const double number = value.get<double>();
            if (!(std::fabs(number) <= k_time_max)) return std::nullopt;
            return static_cast<std::int64_t>(number);
        }
        case json::value_t::string: return parse_date(value.get_ref<const std::string&>());
        case json::value_t::array: return parse_date(to_text(value));
        case json::value_t::null:
        case json::value_t::object:
        case json::value_t::binary:
        case json::value_t::discarded: break;
    }
    return std::nullopt;
}

std::string iso_date(std::int64_t ms) {
    std::int64_t days = ms / k_day, rest = ms % k_day;
    if (rest < 0) rest += k_day, --days;
    // Civil from days, the inverse of days_of.
    const std::int64_t z = days + 719468;
    const std::int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    const auto doe = static_cast<std::uint64_t>(z - era * 146097);
    const std::uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const std::uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const std::uint64_t mp = (5 * doy + 2) / 153;
    const auto day = static_cast<unsigned>(doy - (153 * mp + 2) / 5 + 1);
    const auto month = static_cast<unsigned>(mp < 10 ? mp + 3 : mp - 9);
    const auto year = static_cast<long long>(yoe) + era * 400 + (month <= 2);
    const bool far = year < 0 || year > 9999;
    const auto part = [&](std::int64_t unit, std::int64_t wrap) { return static_cast<unsigned>(rest / unit % wrap); };
    std::string out;
    out.reserve(28);
    if (far) out += year < 0 ? '-' : '+';
    append_padded(out, static_cast<unsigned>(year < 0 ? -year : year), far ? 6 : 4);
    append_padded(out += '-', month, 2);
    append_padded(out += '-', day, 2);
    append_padded(out += 'T', part(3'600'000, 24), 2);
    append_padded(out += ':', part(60'000, 60), 2);
    append_padded(out += ':', part(1000, 60), 2);
    append_padded(out += '.', part(1, 1000), 3);
    return out += 'Z';
}

}  // namespace mt::app::js
