#include "mtm/command.hpp"

#include <iostream>
#include <nlohmann/json.hpp>

#include "base/cli/exit_code.hpp"
#include "base/control/document.hpp"
#include "mtm/glob.hpp"

namespace mt::mtm {

namespace {

/// True when the command names exactly one tenant: what is printed is then that tenant's object.
bool names_one(const Arguments& arguments) {
    return !arguments.all && arguments.words.size() == 1 && !is_glob(arguments.words.front());
}

Result<int> print_failures(const Session& session, const json& rows, std::size_t failed, int code,
                           const std::function<std::string(const json&)>& text) {
    const bool partial = failed < rows.size();
    const Error error{Errc::failed, std::to_string(failed) + " of " + std::to_string(rows.size()) + " tenants failed"};
    if (session.output.json_wanted()) {
        auto document = error_document(error);
        if (partial) document["error"]["code"] = "partial";
        document["data"] = rows;
        std::cout << document.dump(-1, ' ', false, json::error_handler_t::replace) << "\n" << std::flush;
    } else {
        for (const auto& row : rows) {
            if (row.contains("error")) std::cerr << cli::describe_lines("error", error_from(row["error"]));
            else std::cout << text(row);
        }
        std::cout << std::flush;
        std::cerr << "error: " << error.message() << "\n" << std::flush;
    }
    return partial ? static_cast<int>(cli::k_partial) : code;
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
    std::size_t failed = 0;
    int code = 0;
    for (const auto& id : ids) {
        auto row = act(id);
        if (row.ok()) {
            rows.push_back(*std::move(row));
            continue;
        }
        if (failed++ == 0) code = cli::exit_code(row.error().code());
        auto error = std::move(row).error();
        if (error.place().tenant.empty()) error = std::move(error).of_tenant(id.str());
        rows.push_back({{"id", id.str()}, {"error", error_object(error)}});
    }
    if (failed > 0) return print_failures(session, rows, failed, code, text);
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
