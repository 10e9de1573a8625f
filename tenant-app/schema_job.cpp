#include "tenant-app/schema_job.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/schema_seen.hpp"
#include "tenant-app/connectors/sqlite/schema_steps.hpp"
#include "tenant-app/jobs/rights.hpp"

namespace mt::app {

namespace fs = std::filesystem;

namespace {

struct SchemaOrder {
    bool apply = false, allow_destructive = false;
    std::size_t back = 0;  ///< so many files; 0: forwards
};

Result<SchemaOrder> read_schema_order(const std::vector<std::string>& options) {
    SchemaOrder order;
    for (std::size_t i = 0; i < options.size(); ++i) {
        if (options[i] == "--apply") order.apply = true;
        else if (options[i] == "--allow-destructive") order.allow_destructive = true;
        else if (options[i] == "--rollback" && i + 1 < options.size()) {
            const auto& text = options[++i];
            std::from_chars(text.data(), text.data() + text.size(), order.back);
            if (order.back == 0) return Error{Errc::usage, "--rollback takes a number above 0"};
        } else return Error{Errc::usage, "schema takes --apply, --rollback N and --allow-destructive"};
    }
    return order;
}

/// Where the tenant's migrations are kept account of: the data source "db", or else the first that is SQLite.
const Datasource* ledger_of(const Registry& registry) {
    const Datasource* first = nullptr;
    for (const auto& datasource : registry.datasources) {
        if (!datasource.connector.starts_with("sqlite")) continue;
        if (datasource.name == "db") return &datasource;
        if (!first) first = &datasource;
    }
    return first;
}

json schema_document(const sqlite::SchemaPlan& plan, bool applied) {
    auto pending = json::array();
    for (const auto& [name, effect, sql] : plan.pending)
        pending.push_back({{"name", name}, {"effect", effect}, {"sql", sql}});
    return {{"applied", plan.applied}, {applied ? "done" : "pending", std::move(pending)}};
}

/// The tenant's database and what is wanted of it.
struct Ledger {
    fs::path file;  ///< from the folder
    std::vector<const Model*> models;
};

Ledger ledger_with_models(const Registry& registry, const Datasource& datasource) {
    Ledger ledger{datasource.settings->value("file", "data/db.sqlite3"), {}};
    for (const auto& model : registry.models)
        if (model->persisted && model->datasource == datasource.name) ledger.models.push_back(model.get());
    return ledger;
}

/// Everything of `plan` is done already.
std::vector<std::string> all_names(const sqlite::SchemaPlan& plan) {
    auto names = plan.applied;
    for (const auto& step : plan.pending)
        if (step.name != "models") names.push_back(step.name);
    return names;
}

/// Nobody fails for want of it: the next one looks for himself.
void leave_note(const fs::path& folder, const std::string& wanted, const Ledger& ledger,
                std::vector<std::string> applied, std::size_t pending) {
    const auto left = write_schema_seen(folder, {wanted, ledger.file.native(), inode_of(folder / ledger.file),
                                                 std::move(applied), pending});
    static_cast<void>(left);
}

Result<sqlite::SchemaPlan> change(sqlite::Database& database, const SchemaOrder& order, const fs::path& folder,
                                  const Ledger& ledger, const std::vector<sqlite::SchemaStep>& files) {
    if (order.back > 0)
        return order.apply ? sqlite::roll_back(database, folder, order.back, order.allow_destructive)
            : sqlite::plan_rollback(database, folder, order.back);
    return order.apply ? sqlite::apply_schema(database, files, ledger.models, order.allow_destructive)
        : sqlite::plan_schema(database, files, ledger.models);
}

}  // namespace

Result<json> change_schema(const fs::path& folder, const std::vector<std::string>& options) {
    MT_TRY(const auto order, read_schema_order(options));
    // Before the files are read: what is changed meanwhile is not taken for seen.
    const auto wanted = schema_wanted(folder);
    MT_TRY(const auto app, App::load(folder));
    MT_CHECK(app->check_datasources());
    MT_CHECK(take_rights_of_tenant(folder));
    const auto* datasource = ledger_of(app->registry());
    MT_TRY(const auto files, sqlite::read_schema_files(folder));
    if (!datasource) {
        if (files.empty()) return schema_document({}, order.apply);
        return Error{Errc::invalid_config,
            "no data source is SQLite: nothing here can apply it"}.in_file("migrations/" + files.front().name);
    }
    const auto ledger = ledger_with_models(app->registry(), *datasource);
    const bool there = inode_of(folder / ledger.file) != 0;
    // Without files its tables come with the first write.
    const bool make = there || (order.apply && !files.empty());
    MT_TRY(const auto database, make ? sqlite::Database::open(folder / ledger.file) : sqlite::Database::in_memory());
    MT_TRY(auto plan, change(*database, order, folder, ledger, files));
    if (order.back > 0) {
        // What was taken back is wanted again as long as its file is there: the next look tells.
        if (order.apply) leave_note(folder, "rolled back", ledger, plan.applied, plan.pending.size());
    } else if (!make) {
        plan.pending.erase(plan.pending.begin(), plan.pending.end() - static_cast<std::ptrdiff_t>(files.size()));
        leave_note(folder, wanted, ledger, {}, plan.pending.size());
    } else {
        leave_note(folder, wanted, ledger, order.apply ? all_names(plan) : plan.applied,
                   order.apply ? 0 : plan.pending.size());
    }
    return schema_document(plan, order.apply);
}

void note_schema(const App& app, const fs::path& folder) {
    const auto wanted = schema_wanted(folder);
    const auto known = read_schema_seen(folder);
    if (known && still_so(*known, folder)) return;
    const auto* datasource = ledger_of(app.registry());
    const auto files = sqlite::read_schema_files(folder);
    if (!datasource || !files.ok()) return;
    const auto ledger = ledger_with_models(app.registry(), *datasource);
    if (inode_of(folder / ledger.file) == 0)
        return leave_note(folder, wanted, ledger, {}, files->size());
    const auto database = sqlite::Database::open(folder / ledger.file);
    if (!database.ok()) return;
    const auto plan = sqlite::plan_schema(**database, *files, ledger.models);
    if (plan.ok()) leave_note(folder, wanted, ledger, plan->applied, plan->pending.size());
}

}  // namespace mt::app
