#include "base/cli/table.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/units.hpp"

namespace mt::cli {

namespace {

/// What a tenant wrote into a file must not steer the terminal.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f) out += c;
        else if (c == '\n') out += "\\n";
        else {
            std::array<char, 8> hex{};
            std::snprintf(hex.data(), hex.size(), "\\x%02x", byte);
            out += hex.data();
        }
    }
    return out;
}

std::size_t cells(std::string_view text) {  // code points: names and messages are rarely wider
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string cut(const std::string& text, std::size_t width) {
    if (cells(text) <= width || width == 0) return text;
    std::size_t at = 0;
    for (std::size_t cell = 0; at < text.size(); ++at) {
        const bool starts = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
        if (starts && cell++ == width - 1) break;
    }
    return text.substr(0, at) + "…";
}

bool right(Show show) { return show == Show::count || show == Show::duration || show == Show::milliseconds || show == Show::bytes; }

std::string cell(const json& row, const Column& column) {
    const json* value = &row;
    for (std::string_view rest = column.key; !rest.empty();) {
        const auto slash = rest.find('/');
        const std::string key{rest.substr(0, slash)};
        if (!value->is_object() || !value->contains(key)) return "-";
        value = &(*value)[key];
        rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
    }
    if (value->is_null()) return "-";
    if (column.show == Show::duration && value->is_number()) return human_duration(value->get<std::int64_t>());
    if (column.show == Show::milliseconds && value->is_number()) return short_time(value->get<double>());
    if (column.show == Show::bytes && value->is_number_unsigned()) return format_size(value->get<std::uint64_t>());
    if (value->is_string()) return escaped(value->get_ref<const std::string&>());
    if (value->is_boolean()) return *value ? "yes" : "no";
    if (value->is_array()) {
        std::string list;
        for (const auto& item : *value)
            list += (list.empty() ? "" : " ") + (item.is_string() ? escaped(item.get_ref<const std::string&>()) : item.dump());
        return list.empty() ? "-" : list;
    }
    return escaped(value->dump(-1, ' ', false, json::error_handler_t::replace));
}

constexpr std::size_t k_first_least = 8, k_last_least = 4;  // cells that remain of a column that is cut

/// Takes from the last column what is too wide, then from the first, a name: their beginnings tell most.
void fit(std::vector<std::size_t>& widths, std::size_t width) {
    std::size_t total = 2 * (widths.size() - 1);
    for (const auto each : widths) total += each;
    const auto shrink = [&](std::size_t& column, std::size_t least) {
        if (total <= width || column <= least) return;
        const auto cut = std::min(total - width, column - least);
        column -= cut;
        total -= cut;
    };
    shrink(widths.back(), k_last_least);
    shrink(widths.front(), k_first_least);
}

/// Takes columns out until the first and the last, which may be cut, and those between find room.
void leave_out(std::vector<Column>& columns, std::vector<std::vector<std::string>>& lines, std::vector<std::size_t>& widths,
               std::size_t width) {
    const auto needed = [&] {
        std::size_t total = 2 * (widths.size() - 1) + std::min(widths.front(), k_first_least);
        for (std::size_t i = 1; i + 1 < widths.size(); ++i) total += widths[i];
        return widths.size() < 2 ? total : total + std::min(widths.back(), k_last_least);
    };
    while (needed() > width) {
        const auto least = std::max_element(columns.begin(), columns.end(),
                                            [](const Column& a, const Column& b) { return a.spare < b.spare; });
        if (least->spare == 0) return;
        const auto at = least - columns.begin();
        columns.erase(least);
        widths.erase(widths.begin() + at);
        for (auto& line : lines) line.erase(line.begin() + at);
    }
}

}  // namespace

std::string human_duration(std::int64_t ms) {
    const auto text = [](const char* format, std::int64_t a, std::int64_t b) {
        std::array<char, 48> out{};
        std::snprintf(out.data(), out.size(), format, static_cast<long long>(a), static_cast<long long>(b));
        return std::string{out.data()};
    };
    const auto seconds = ms / 1000;
    if (seconds < 10) return text("%lld.%llds", seconds, ms % 1000 / 100);
    if (seconds < 60) return std::to_string(seconds) + "s";
    if (seconds < 3600) return text("%lldm%02llds", seconds / 60, seconds % 60);
    if (seconds < 86400) return text("%lldh%02lldm", seconds / 3600, seconds % 3600 / 60);
    return text("%lldd%lldh", seconds / 86400, seconds % 86400 / 3600);
}

std::string short_time(double ms) {
    std::array<char, 32> out{};
    const char* const format = ms < 9.95 ? "%.1fms" : ms < 999.5 ? "%.0fms" : "%.1fs";
    std::snprintf(out.data(), out.size(), format, ms < 999.5 ? ms : ms / 1000);
    return out.data();
}

std::string colour_state(const std::string& text) {
    const char* code = nullptr;
    if (text == "ready" || text == "running" || text == "serving" || text == "ok") code = "32";
    if (text == "degraded" || text == "backoff" || text == "starting" || text == "draining" || text == "warning") code = "33";
    if (text == "failed") code = "31";
    if (text == "idle" || text == "stopped" || text == "suspended") code = "2";
    return code ? "\x1b[" + std::string{code} + "m" + text + "\x1b[0m" : text;
}

std::string render_table(const json& rows, const std::vector<Column>& all, bool colour, std::size_t width) {
    auto columns = all;
    std::vector<std::vector<std::string>> lines(1);
    for (const auto& column : columns) lines[0].push_back(column.title);
    for (const auto& row : rows) {
        auto& line = lines.emplace_back();
        for (const auto& column : columns) line.push_back(cell(row, column));
    }
    std::vector<std::size_t> widths(columns.size());
    for (const auto& line : lines)
        for (std::size_t i = 0; i < columns.size(); ++i) widths[i] = std::max(widths[i], cells(line[i]));
    if (width > 0) {
        leave_out(columns, lines, widths, width);
        fit(widths, width);
    }

    std::string out;
    for (std::size_t number = 0; number < lines.size(); ++number) {
        std::string text;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const bool last = i + 1 == columns.size();
            const auto value = cut(lines[number][i], widths[i]);
            const std::string pad(widths[i] > cells(value) ? widths[i] - cells(value) : 0, ' ');
            const bool flush_right = right(columns[i].show);
            if (flush_right) text += pad;
            text += colour && number > 0 && columns[i].show == Show::state ? colour_state(value) : value;
            if (!flush_right && !last) text += pad;
            if (!last) text += "  ";
        }
        text.erase(text.find_last_not_of(' ') + 1);
        out += text + "\n";
    }
    return out;
}

std::string render_fields(const json& object, const std::vector<Column>& fields, bool colour) {
    std::size_t widest = 0;
    for (const auto& field : fields) widest = std::max(widest, field.title.size());
    std::string out;
    for (const auto& field : fields) {
        auto value = cell(object, field);
        if (value == "-") continue;
        if (colour && field.show == Show::state) value = colour_state(value);
        out += field.title + std::string(widest - field.title.size() + 2, ' ') + value + "\n";
    }
    return out;
}

}  // namespace mt::cli
