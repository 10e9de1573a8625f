#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/cli/table.hpp"
#include "base/printable.hpp"
#include "mtm/acknowledge.hpp"
#include "mtm/change_models.hpp"
#include "mtm/fan_out.hpp"
#include "mtm/select.hpp"
#include "mtm/tenant_file.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

namespace {

constexpr std::size_t k_catalogue_bytes_max = 64u << 20;
constexpr std::chrono::minutes k_discover_deadline{2};

/// What a job of the tenant's says about its tables (tenant-app/jobs/discover/models.hpp).
struct Discovered {
    ordered_json entries;
    std::string connector;
    std::vector<NewModel> models;
};

Status check_is_ours(const Session& session, const TenantId& id) {
    MT_CHECK(require_tenant(session.layout(), id));
    MT_TRY(const auto config, tenant_config(session.layout(), id));
    if (!config.is_command() && !config.upstream) return {};
    return Error{Errc::usage, "another program serves this tenant: it has no models"}.of_tenant(id.str());
}

Result<Discovered> read_answer(const std::string& text) {
    auto document = ordered_json::parse(text, nullptr, false);
    const bool fits = document.is_object() && document.contains("data") && document["data"].is_object() &&
        document["data"].contains("tables") && document["data"]["tables"].is_array();
    if (!fits)
        return Error{Errc::failed, "tenant-app does not say what it found"}.hint("is it of the same version as mtm?");
    auto& data = document["data"];
    Discovered found{std::move(data["tables"]), data.value("connector", ""), {}};
    for (const auto& entry : found.entries) {
        if (entry.value("state", "") != "new") continue;
        MT_TRY(auto name, ModelName::parse(entry.value("model", "")));
        found.models.push_back({std::move(name), entry.at("definition"), entry.value("public", true)});
    }
    return found;
}

/// By a job with the tenant's rights and its own login: we open no database.
Result<Discovered> ask_database(const Session& session, const TenantId& id, const Arguments& arguments) {
    std::vector<std::string> words{"discover", arguments.datasource};
    for (const auto& table : arguments.tables) words.insert(words.end(), {"--table", table});
    const auto ends = fan_out(session, {id}, words, {{}, 1, k_discover_deadline}, k_catalogue_bytes_max);
    if (const auto failure = failure_of(session, id, ends.front())) return *failure;
    return read_answer(ends.front().output);
}

/// Under the lock, which ends before the wait for the gateway.
Result<Discovered> discover(const Session& session, const TenantId& id, const Arguments& arguments) {
    MT_TRY(const auto lock, lock_tenant(session.layout(), id, arguments.timeout));
    MT_TRY(auto found, ask_database(session, id, arguments));
    if (arguments.dry_run || found.models.empty()) return found;
    MT_CHECK(change_models(session, id, [&](TenantModels& models) { return models.add_all(found.models, arguments.datasource); }));
    return found;
}

json discovered_row(const Session& session, const TenantId& id, const ordered_json& entry, bool dry_run) {
    json row(entry);
    if (row["state"] != "new") return row;
    row["file"] = session.display(id) + "/models/" + row["model"].get<std::string>() + ".json";
    if (dry_run) return row;
    row["state"] = "added";
    row.erase("definition");
    return row;
}

std::string joined(const json& texts) {
    std::string out;
    for (const auto& text : texts) out += (out.empty() ? "" : ", ") + text.get<std::string>();
    return out;
}

std::string tables_text(const Session& session, const json& data) {
    auto rows = data["models"];
    for (auto& row : rows) {
        row["what"] = row.contains("reason") ? row["reason"].get<std::string>() : joined(row["relations"]);
        if (row.contains("properties")) row["properties"] = row["properties"].size();
    }
    return cli::render_table(rows,
                             {{"TABLE", "table"}, {"MODEL", "model"}, {"STATE", "state"},
                              {"PROPERTIES", "properties", cli::Show::count}, {"RELATIONS", "what"}},
                             session.output.colour(), session.output.width());
}

void tell_notes(const Session& session, const json& data) {
    for (const auto& row : data["models"])
        for (const auto& note : row.value("notes", json::array()))
            session.output.note("note: " + printable(row["table"].get<std::string>()) + ": " +
                                printable(note.get<std::string>()));
    if (data["models"].empty()) session.output.note("the data source has no tables");
}

}  // namespace

Result<int> run_discover(Session& session, const Arguments& arguments) {
    if (arguments.words.size() != 1) return Error{Errc::usage, "discover takes one tenant"}.hint("mtm discover foo");
    MT_TRY(const auto id, TenantId::parse(arguments.words.front()));
    MT_CHECK(check_is_ours(session, id));
    Acknowledge acknowledge{session, arguments};
    if (!arguments.dry_run) MT_CHECK(acknowledge.prepare());
    MT_TRY(const auto found, discover(session, id, arguments));
    const bool changed = !arguments.dry_run && !found.models.empty();
    json data{{"id", id.str()}, {"datasource", arguments.datasource}, {"connector", found.connector},
              {"dry_run", arguments.dry_run}, {"models", json::array()}};
    for (const auto& entry : found.entries)
        data["models"].push_back(discovered_row(session, id, entry, arguments.dry_run));
    if (changed) {
        MT_TRY(data["served"], acknowledge.sync(id));
    }
    tell_notes(session, data);
    return session.output.result(data, [&](const json& document) { return tables_text(session, document); });
}

}  // namespace mt::mtm
