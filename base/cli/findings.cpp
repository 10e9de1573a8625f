#include "base/cli/findings.hpp"

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/cli/table.hpp"

namespace mt::cli {

void Findings::add(std::string check, const char* result, std::string found, std::string fix) {
    failed_ = failed_ || result == std::string_view{"failed"};
    rows_.push_back({{"check", std::move(check)}, {"result", result}, {"found", std::move(found)},
                     {"fix", fix.empty() ? json() : json(std::move(fix))}});
}

std::string render_findings(const json& rows, bool colour) {
    const std::vector<Column> columns{{"CHECK", "check"}, {"RESULT", "result", Show::state}, {"FOUND", "found"}};
    std::istringstream table{render_table(rows, columns, colour)};
    std::string out, line;
    std::getline(table, line);
    out = line + "\n";
    for (const auto& row : rows) {
        std::getline(table, line);
        out += line + "\n";
        if (row["fix"].is_string()) out += "    fix: " + row["fix"].get<std::string>() + "\n";
    }
    return out;
}

}  // namespace mt::cli
