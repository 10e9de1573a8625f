#include "base/units.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace mt {

namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};
constexpr std::array<Unit, 5> k_durations{{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 4> k_sizes{{{"GiB", 1u << 30}, {"MiB", 1u << 20}, {"KiB", 1u << 10}, {"B", 1}}};
constexpr std::uint32_t k_rate_most = 1'000'000;  // per unit; a microsecond each is below what a loop's clock tells apart
constexpr std::uint64_t k_largest = 1ull << 50;  // far above any limit, and no product overflows

template <std::size_t N>
Result<std::uint64_t> parse(std::string_view text, const std::array<Unit, N>& units, bool bare, const char* examples) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
    if (error == std::errc{} && number <= k_largest) {
        if (unit.empty() && (bare || number == 0)) return number;
        for (const auto& row : units)
            if (unit == row.name && number <= k_largest / row.factor) return number * row.factor;
    }
    return Error{Errc::invalid_config, "'" + std::string{text.substr(0, 40)} + "' is not " + examples};
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    MT_TRY(const auto count,
        parse(text, k_durations, false, "a duration such as \"300ms\", \"10s\", \"5m\", \"1h\" or \"7d\""));
    return std::chrono::milliseconds{static_cast<std::int64_t>(count)};
}

std::string format_duration(std::chrono::milliseconds duration) {
    const auto count = static_cast<std::uint64_t>(duration.count());
    if (count == 0) return "0s";
    for (const auto& row : k_durations)
        if (count % row.factor == 0) return std::to_string(count / row.factor) + std::string{row.name};
    return std::to_string(count) + "ms";
}

Result<std::uint64_t> parse_size(std::string_view text) {
    return parse(text, k_sizes, true, "a size such as \"64KiB\" or \"1MiB\"");
}

std::string exact_size(std::uint64_t bytes) {
    for (const auto& row : k_sizes)
        if (bytes >= row.factor && bytes % row.factor == 0) return std::to_string(bytes / row.factor) + std::string{row.name};
    return "0B";
}

std::string format_size(std::uint64_t bytes) {
    for (const auto& row : k_sizes) {
        if (bytes < row.factor || row.factor == 1) continue;
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "%.1f %s", static_cast<double>(bytes) / static_cast<double>(row.factor),
                      std::string{row.name}.c_str());
        return text.data();
    }
    return std::to_string(bytes) + " B";
}

Result<Rate> parse_rate(std::string_view text) {
    Rate rate;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate.count);
    const std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
    if (error == std::errc{} && rate.count == 0 && unit.empty()) return rate;
    if (error == std::errc{} && unit.size() == 2 && unit[0] == '/' && rate.count <= k_rate_most)
        for (const auto& row : k_durations)
            if (unit.substr(1) == row.name && row.name != "d") {  // rates: h, m, s
                rate.per = std::chrono::milliseconds{row.factor};
                return rate;
            }
    return Error{Errc::invalid_config, "'" + std::string{text.substr(0, 40)} + "' is not a rate such as \"100/s\", \"30/m\" or \"5000/h\""};
}

std::string format_rate(const Rate& rate) {
    if (rate.count == 0) return "0";
    for (const auto& row : k_durations)
        if (static_cast<std::uint64_t>(rate.per.count()) == row.factor) return std::to_string(rate.count) + "/" + std::string{row.name};
    return std::to_string(rate.count) + "/" + format_duration(rate.per);
}

Result<CpuShare> parse_cpu(std::string_view text) {
    CpuShare share;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), share.percent);
    const std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
    if (error == std::errc{} && share.percent == 0 && unit.empty()) return share;
    if (error == std::errc{} && unit == "%" && share.percent > 0 && share.percent <= 100'000) return share;
    return Error{Errc::invalid_config, "'" + std::string{text.substr(0, 40)} + "' is not a share of a processor such as \"50%\""};
}

std::string format_cpu(const CpuShare& share) { return share.percent ? std::to_string(share.percent) + "%" : "0"; }

std::string format_time(std::chrono::system_clock::time_point time) {
    const auto since_epoch = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
    const std::time_t seconds = since_epoch / 1000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 40> text{};
    const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::snprintf(text.data() + length, text.size() - length, ".%03dZ", static_cast<int>(since_epoch % 1000));
    return text.data();
}

namespace {

/// Reads RFC 3339 piece by piece; after the first piece that is missing, nothing more is read.
class TimeReader {
public:
    explicit TimeReader(std::string_view text) : rest_(text) {}

    int digits(std::size_t count, int least, int most) {
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) value = value * 10 + digit();
        good_ = good_ && value >= least && value <= most;
        return value;
    }
    char one_of(std::string_view allowed) {
        good_ = good_ && !rest_.empty() && allowed.find(rest_[0]) != std::string_view::npos;
        if (!good_) return 0;
        const char found = rest_[0];
        rest_.remove_prefix(1);
        return found;
    }
    /// What follows a point, if one stands here.
    int milliseconds() {
        if (rest_.empty() || rest_[0] != '.') return 0;
        rest_.remove_prefix(1);
        int value = digit() * 100;
        for (int scale = 10; good_ && at_digit(); scale /= 10) value += digit() * scale;
        return value;
    }
    bool at_end() const { return rest_.empty(); }
    bool complete() const { return good_ && rest_.empty(); }

private:
    bool at_digit() const { return !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; }
    int digit() {
        good_ = good_ && at_digit();
        if (!good_) return 0;
        const int value = rest_[0] - '0';
        rest_.remove_prefix(1);
        return value;
    }

    std::string_view rest_;
    bool good_ = true;
};

/// From the T on: how far behind the date's midnight, UTC.
std::chrono::milliseconds time_of_day(TimeReader& reader) {
    using namespace std::chrono;
    reader.one_of("Tt ");
    const hours hour{reader.digits(2, 0, 23)};
    reader.one_of(":");
    const minutes minute{reader.digits(2, 0, 59)};
    reader.one_of(":");
    const seconds second{reader.digits(2, 0, 60)};
    const milliseconds time = hour + minute + second + milliseconds{reader.milliseconds()};
    const char zone = reader.one_of("Zz+-");
    if (zone != '+' && zone != '-') return time;
    const hours hours_ahead{reader.digits(2, 0, 23)};
    reader.one_of(":");
    const minutes ahead = hours_ahead + minutes{reader.digits(2, 0, 59)};
    return zone == '+' ? time - ahead : time + ahead;
}

}  // namespace

Result<std::chrono::system_clock::time_point> parse_time(std::string_view text) {
    using namespace std::chrono;
    TimeReader reader{text};
    const int year_number = reader.digits(4, 1970, 9999);
    reader.one_of("-");
    const int month_number = reader.digits(2, 1, 12);
    reader.one_of("-");
    const int day_number = reader.digits(2, 1, 31);
    const auto within_day = reader.at_end() ? milliseconds{0} : time_of_day(reader);
    const year_month_day date{year{year_number}, month{static_cast<unsigned>(month_number)}, day{static_cast<unsigned>(day_number)}};
    if (!reader.complete() || !date.ok())
        return Error{Errc::invalid_config, "'" + std::string{text.substr(0, 40)} + "' is not a time such as \"2026-12-01T08:00:00Z\""};
    // What the system's clock counts in nanoseconds ends in 2262.
    constexpr int k_last_year = 2261;
    if (year_number > k_last_year)
        return Error{Errc::invalid_config, "'" + std::string{text.substr(0, 40)} + "' is too far away: the last year is 2261"};
    const auto at = sys_days{date} + within_day;
    return time_point_cast<system_clock::duration>(at);
}

}  // namespace mt
