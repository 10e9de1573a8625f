#include "base/cli/top.hpp"

#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "base/cli/exit_code.hpp"
#include "base/cli/live_screen.hpp"
#include "base/cli/tenant_table.hpp"
#include "base/nearest.hpp"
#include "base/units.hpp"

namespace mt::cli {

namespace {

constexpr std::size_t k_lines_around = 5;  ///< of the screen: header, titles, footer

template <class Number>
Number sum(const json& rows, const char* key) {
    Number total = 0;
    for (const auto& row : rows)
        if (row.contains(key) && row[key].is_number()) total += row[key].get<Number>();
    return total;
}

std::string footer(const SortKey& by) {
    std::string keys;
    for (const auto& each : sort_keys()) keys += std::string(1, each.key) + " ";
    return "sorted by " + by.name + "; keys: " + keys + "sort, q quits";
}

std::string table(json rows, const SortKey& by, bool colour, std::size_t width, std::size_t most) {
    sort_tenants(rows, by);
    while (rows.size() > most) rows.erase(rows.size() - 1);
    return render_table(rows, tenant_columns(), colour, width);
}

Result<const SortKey*> wanted_key(const std::string& name) {
    if (const auto* const key = sort_key(name)) return key;
    std::vector<std::string> names;
    for (const auto& each : sort_keys()) names.push_back(each.name);
    auto hint = did_you_mean(name, names);
    if (hint.empty())
        for (const auto& each : names) hint += (hint.empty() ? "one of: " : " ") + each;
    return Error{Errc::usage, "cannot sort by '" + name.substr(0, 40) + "'"}.hint(std::move(hint));
}

}  // namespace

std::string top_header(const json& data) {
    const auto& rows = data["tenants"];
    std::string out;
    if (data.contains("gateway")) {
        const auto& gateway = data["gateway"];
        out = "mtg " + gateway.value("version", std::string{}) + "  up " +
            human_duration(gateway.value("uptime_ms", std::int64_t{0})) +
              "  connections " + std::to_string(gateway.value("connections", 0)) + "  requests " +
                  std::to_string(gateway.value("requests", 0ull)) + "\n";
    }
    std::map<std::string, std::size_t> states;
    for (const auto& row : rows)
        if (row.contains("state") && row["state"].is_string()) ++states[row["state"].get<std::string>()];
    out += std::to_string(rows.size()) + (rows.size() == 1 ? " tenant" : " tenants");
    const char* before = ": ";
    for (const auto& [state, count] : states) out += std::exchange(before, ", ") + std::to_string(count) + " " + state;
    char rate[40];
    std::snprintf(rate, sizeof rate, "%.1f", sum<double>(rows, "requests_per_second"));
    return out + "; " + rate + " req/s, " + format_size(sum<std::uint64_t>(rows, "memory_bytes")) + "\n";
}

Result<int> top(const Output& output, const TopOptions& options, const std::function<Result<json>()>& fetch) {
    MT_TRY(const auto* by, wanted_key(options.sort));
    MT_TRY(auto data, fetch());
    if (options.once || output.json_wanted() || !LiveScreen::possible()) {
        sort_tenants(data["tenants"], *by);
        return output.result(data, [&](const json& all) {
            return top_header(all) + "\n" + render_table(all["tenants"], tenant_columns(), output.colour(),
                                                         output.width());
        });
    }
    const auto cut = [](const std::string& text, std::size_t width) {
        std::istringstream lines{text};
        std::string out;
        for (std::string line; std::getline(lines, line);) out += line.substr(0, width) + "\n";
        return out;
    };
    LiveScreen screen;
    for (;;) {
        const auto size = screen.size();
        const auto room = size.rows > k_lines_around ? size.rows - k_lines_around : 1;
        screen.draw(cut(top_header(data), size.columns) + "\n" + table(data["tenants"], *by, output.colour(), size.columns, room) +
                    footer(*by).substr(0, size.columns));
        const char key = screen.wait(options.interval);
        if (key == 'q' || key == LiveScreen::k_terminated) return k_done;
        if (key == LiveScreen::k_interrupted) return k_interrupted;
        if (const auto* const wanted = sort_key(key)) by = wanted;
        if (key != LiveScreen::k_timeout) continue;
        MT_TRY(data, fetch());
    }
}

}  // namespace mt::cli
