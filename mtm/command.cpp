#include "mtm/command.hpp"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/cli/exit_code.hpp"
#include "base/control/document.hpp"
#include "mtm/glob.hpp"

namespace mt::mtm {

namespace {

/// True when the command names exactly one tenant: what is printed is then that tenant's object.
bool names_one(const Arguments& arguments) {
    return !arguments.all && arguments.words.size() == 1 && !is_glob(arguments.words.front());
}

/// `errors` says which rows failed: the row of a tenant that did not may have a member "error" of its own, its process's.
Result<int> print_failures(const Session& session, const json& rows, const std::vector<std::optional<Error>>& errors,
                           const std::function<std::string(const json&)>& text) {
    const auto is_error = [](const std::optional<Error>& error) { return error.has_value(); };
    const auto failed = static_cast<std::size_t>(std::count_if(errors.begin(), errors.end(), is_error));
    const bool partial = failed < rows.size();
    const Error error{Errc::failed, std::to_string(failed) + " of " + std::to_string(rows.size()) + " tenants failed"};
    if (session.output.json_wanted()) {
        auto document = error_document(error);
        if (partial) document["error"]["code"] = "partial";
        document["data"] = rows;
        std::cout << document.dump(-1, ' ', false, json::error_handler_t::replace) << "\n" << std::flush;
    } else {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (errors[i]) std::cerr << cli::describe_lines("error", *errors[i]);
            else std::cout << text(rows[i]);
        }
        std::cout << std::flush;
        std::cerr << "error: " << error.message() << "\n" << std::flush;
    }
    return partial ? static_cast<int>(cli::k_partial) : cli::exit_code(errors.front()->code());
}

}  // namespace

Result<int> for_each_tenant(const Session& session, const Arguments& arguments, const std::vector<TenantId>& ids,
                            const std::function<Result<json>(const TenantId&)>& act,
                            const std::function<std::string(const json&)>& text) {
    if (names_one(arguments)) {
        MT_TRY(const auto row, act(ids.front()));
        return session.output.result(row, text);
    }
    auto rows = json::array();
    std::vector<std::optional<Error>> errors;
    bool failed = false;
    for (const auto& id : ids) {
        auto row = act(id);
        auto& error = errors.emplace_back();
        if (row.ok()) {
            rows.push_back(*std::move(row));
            continue;
        }
        failed = true;
        error = std::move(row).error();
        if (error->place().tenant.empty()) error = std::move(*error).of_tenant(id.str());
        rows.push_back({{"id", id.str()}, {"error", error_object(*error)}});
    }
    if (failed) return print_failures(session, rows, errors, text);
    return session.output.result(rows, [&](const json& all) {
        std::string out;
        for (const auto& row : all) out += text(row);
        return out;
    });
}

json plan(const TenantId& id, const std::vector<std::string>& steps) {
    return {{"id", id.str()}, {"dry_run", true}, {"steps", steps}};
}

std::string plan_text(const json& plan) {
    std::string out = "would do for " + plan["id"].get<std::string>() + ":\n";
    for (const auto& step : plan["steps"]) out += "  " + step.get<std::string>() + "\n";
    return out;
}

}  // namespace mt::mtm
