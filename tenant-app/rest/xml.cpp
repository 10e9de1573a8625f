#include "tenant-app/rest/xml.hpp"

#include <ctime>
#include <nlohmann/json.hpp>

#include "base/json_file.hpp"
#include "tenant-app/query/js.hpp"
#include "tenant-app/rest/text.hpp"

namespace mt::app::rest {

namespace {

/// "Wed Jan 15 2020 10:00:00 GMT+0000 (Coordinated Universal Time)" for the text that JSON has for a date; empty for any other.
std::string long_date(const std::string& text) {
    constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd.dddZ";
    if (text.size() != form.size()) return {};
    for (std::size_t i = 0; i < form.size(); ++i)
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i]) return {};
    const auto time = js::parse_date(text);
    if (!time) return {};
    constexpr std::string_view days = "SunMonTueWedThuFriSat", months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const auto seconds = static_cast<std::time_t>(*time / 1000);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::string out{days.substr(static_cast<std::size_t>(parts.tm_wday) * 3, 3)};
    out.append(" ").append(months.substr(static_cast<std::size_t>(parts.tm_mon) * 3, 3)).append(" ").append(text, 8, 2);
    return out.append(" ").append(text, 0, 4).append(" ").append(text, 11, 8).append(" GMT+0000 (Coordinated Universal Time)");
}

/// An element's name; what XML does not allow in one becomes an underscore.
std::string name_of(std::string_view key) {
    std::string out;
    for (const char c : key) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
        const bool inner = letter || (c >= '0' && c <= '9') || c == '-' || c == '.';
        out += (out.empty() ? letter : inner) ? c : '_';
    }
    return out.empty() ? "_" : out;
}

void append_element(std::string& out, const std::string& name, const ordered_json& value, std::size_t depth) {
    if (value.is_array()) {
        for (const auto& item : value) append_element(out, name, item, depth);
        return;
    }
    out.append(depth * 2, ' ').append("<").append(name);
    if (value.is_null() || (value.is_object() && value.empty())) {
        out += "/>\n";
        return;
    }
    out += '>';
    if (value.is_object()) {
        out += '\n';
        for (const auto& [key, member] : value.items()) append_element(out, name_of(key), member, depth + 1);
        out.append(depth * 2, ' ');
    } else if (value.is_string()) {
        const auto& text = value.get_ref<const std::string&>();
        const auto date = long_date(text);
        append_escaped(out, date.empty() ? std::string_view{text} : date);
    } else {
        out += value.dump();
    }
    out.append("</").append(name).append(">\n");
}

}  // namespace

std::string to_xml(std::string_view json_text) {
    auto value = ordered_json::parse(json_text, nullptr, false);
    if (value.is_discarded()) return {};
    if (value.is_array()) value = ordered_json{{"result", std::move(value)}};
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    append_element(out, "response", value, 0);
    out.pop_back();
    return out;
}

}  // namespace mt::app::rest
