#include "mtm/migrate_report.hpp"

#include <algorithm>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "base/cli/exit_code.hpp"
#include "base/control/document.hpp"
#include "base/printable.hpp"

namespace mt::mtm {

namespace {

constexpr std::size_t k_names_shown = 5;

void print_line(const json& line) {
    std::cout << line.dump(-1, ' ', false, json::error_handler_t::replace) << "\n" << std::flush;
}

std::string step_text(const json& step) {
    const auto name = step["name"].get<std::string>();
    const auto text = name == "models" ? step["sql"].get<std::string>() : "migrations/" + name;
    return step["effect"].get<std::string>() + ": " + printable(text);
}

}  // namespace

void MigrateReport::add(json row) {
    if (session_.output.json_wanted()) print_line(row);
    rows_.push_back(std::move(row));
}

void MigrateReport::add_failure(const TenantId& id, Error error) {
    if (error.place().tenant.empty()) error = std::move(error).of_tenant(id.str());
    if (session_.output.json_wanted()) print_line({{"id", id.str()}, {"error", error_object(error)}});
    failures_.push_back(std::move(error));
}

Result<int> MigrateReport::end(bool one_named, const std::function<std::string(const json& rows)>& text) const {
    const bool as_lines = session_.output.json_wanted();
    if (one_named && !failures_.empty()) return failures_.front();
    const auto total = rows_.size() + failures_.size();
    if (!as_lines) std::cout << text(json(rows_)) << std::flush;
    if (failures_.empty()) {
        if (as_lines) print_line(ok_document({{"tenants", total}, {"failed", 0}}));
        return 0;
    }
    const Error error{Errc::failed,
                      std::to_string(failures_.size()) + " of " + std::to_string(total) + " tenants failed"};
    const bool partial = !rows_.empty();
    if (as_lines) {
        auto document = error_document(error);
        if (partial) document["error"]["code"] = "partial";
        document["data"] = {{"tenants", total}, {"failed", failures_.size()}};
        print_line(document);
    } else {
        for (const auto& failure : failures_) std::cerr << cli::describe_lines("error", failure);
        std::cerr << "error: " << error.message() << "\n" << std::flush;
    }
    return partial ? static_cast<int>(cli::k_partial) : cli::exit_code(failures_.front().code());
}

std::string plans_text(const json& rows) {
    std::map<std::vector<std::string>, std::vector<std::string>> groups;
    for (const auto& row : rows) {
        std::vector<std::string> steps;
        for (const auto& step : row["pending"]) steps.push_back(step_text(step));
        groups[steps].push_back(row["id"].get<std::string>());
    }
    std::string text;
    for (const auto& [steps, ids] : groups) {
        std::string names;
        for (std::size_t i = 0; i < std::min(ids.size(), k_names_shown); ++i) names += " " + ids[i];
        text += std::to_string(ids.size()) + (ids.size() == 1 ? " tenant" : " tenants") + " (" + names.substr(1) +
            (ids.size() > k_names_shown ? " …" : "") + "): " +
                (steps.empty() ? "nothing to do\n" : std::to_string(steps.size()) + " steps\n");
        for (const auto& step : steps) text += "  " + step + "\n";
    }
    return text;
}

std::string done_text(const json& rows) {
    std::string text;
    for (const auto& row : rows) {
        const bool idle = row["done"].empty();
        text += row["id"].get<std::string>() + "  " +
            (idle ? "nothing to do" : row.contains("rolled_back") ? "rolled back" : "migrated") + "\n";
        for (const auto& step : row["done"]) text += "  " + step_text(step) + "\n";
    }
    return text;
}

}  // namespace mt::mtm
