#include <nlohmann/json.hpp>

#include "base/cli/table.hpp"
#include "mtm/acknowledge.hpp"
#include "mtm/change_models.hpp"
#include "mtm/edit_json.hpp"
#include "mtm/select.hpp"
#include "mtm/staging.hpp"
#include "mtm/tenant_models.hpp"
#include "mtm/trash.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

namespace {

Error of_tenant(Error error, const TenantId& id) {
    return std::move(error).of_tenant(id.str());
}

Result<TenantModels> read_models(const Session& session, const TenantId& id) {
    MT_CHECK(require_tenant(session.layout(), id));
    auto models = TenantModels::read(session.layout().tenant(id), session.display(id));
    if (!models.ok()) return of_tenant(std::move(models).error(), id);
    return models;
}

std::string address_text(const ModelAddress& address) { return address.tenant.str() + ":" + address.model.str(); }

json row_of(const ModelAddress& address) {
    return {{"id", address.tenant.str()}, {"model", address.model.str()}};
}

/// Under the lock, which ends before the wait for the gateway.
Status write_model(const Session& session, const ModelAddress& address, const Members& members, std::chrono::milliseconds wait) {
    MT_TRY(const auto lock, lock_tenant(session.layout(), address.tenant, wait));
    const auto model = new_model(address.model, members);
    return change_models(session, address.tenant, [&](TenantModels& models) -> Status {
        MT_CHECK(models.check_relations(address.model, members.relations));
        return models.add(address.model, model, "db");
    });
}

Result<int> add_model(Session& session, const Arguments& arguments) {
    MT_TRY(const auto address, parse_model_address(arguments.words.front()));
    MT_TRY(const auto members, parse_members({arguments.words.begin() + 1, arguments.words.end()}));
    MT_CHECK(require_tenant(session.layout(), address.tenant));
    const auto file = session.display(address.tenant) + "/models/" + address.model.str() + ".json";
    if (arguments.dry_run) {
        MT_TRY(const auto models, read_models(session, address.tenant));
        if (auto status = models.can_add(address.model, new_model(address.model, members), "db"); !status.ok())
            return of_tenant(status.error(), address.tenant);
        return session.output.result(plan(address.tenant, {"write " + file, "name it in model-config.json", "wait for the gateway, if it runs"}),
                                     plan_text);
    }
    Acknowledge acknowledge{session, arguments};
    MT_CHECK(acknowledge.prepare());
    MT_CHECK(write_model(session, address, members, arguments.timeout));
    MT_TRY(const bool served, acknowledge.sync(address.tenant));
    auto row = row_of(address);
    row["file"] = file;
    row["served"] = served;
    return session.output.result(row, [&](const json&) { return "added " + address_text(address) + "  " + file + "\n"; });
}

/// Properties and relations for a model that is there.
Result<int> extend_model(Session& session, const Arguments& arguments) {
    MT_TRY(const auto address, parse_model_address(arguments.words[1]));
    MT_TRY(const auto members, parse_members({arguments.words.begin() + 2, arguments.words.end()}));
    MT_CHECK(require_tenant(session.layout(), address.tenant));
    if (arguments.dry_run) {
        MT_TRY(const auto models, read_models(session, address.tenant));
        if (auto status = models.check_relations(address.model, members.relations); !status.ok())
            return of_tenant(status.error(), address.tenant);
        return session.output.result(plan(address.tenant, {"change the file of " + address.model.str(), "wait for the gateway, if it runs"}),
                                     plan_text);
    }
    Acknowledge acknowledge{session, arguments};
    MT_CHECK(acknowledge.prepare());
    {
        MT_TRY(const auto lock, lock_tenant(session.layout(), address.tenant, arguments.timeout));
        const auto extend = [&](TenantModels& models) -> Status {
            MT_CHECK(models.check_relations(address.model, members.relations));
            return models.extend(address.model, members);
        };
        MT_CHECK(change_models(session, address.tenant, extend));
    }
    MT_TRY(const bool served, acknowledge.sync(address.tenant));
    auto row = row_of(address);
    row["served"] = served;
    return session.output.result(row, [&](const json&) { return "extended " + address_text(address) + "\n"; });
}

Result<int> remove_model(Session& session, const Arguments& arguments) {
    MT_TRY(const auto address, parse_model_address(arguments.words[1]));
    {
        MT_TRY(const auto models, read_models(session, address.tenant));
        if (auto status = models.can_remove(address.model); !status.ok()) return of_tenant(status.error(), address.tenant);
    }
    const auto grave = trash_place(session.layout(), address.tenant, address.model.str());
    if (arguments.dry_run)
        return session.output.result(plan(address.tenant, {"take " + address.model.str() + " out of model-config.json",
                                                           "move its file to " + grave.native(), "its table stays"}),
                                     plan_text);
    Acknowledge acknowledge{session, arguments};
    MT_CHECK(acknowledge.prepare());
    {
        MT_TRY(const auto lock, lock_tenant(session.layout(), address.tenant, arguments.timeout));
        MT_TRY(auto models, read_models(session, address.tenant));
        if (auto status = models.remove(address.model, grave); !status.ok()) return of_tenant(status.error(), address.tenant);
    }
    MT_TRY(const bool served, acknowledge.sync(address.tenant));
    auto row = row_of(address);
    row["trash"] = grave.native();
    row["served"] = served;
    return session.output.result(row, [&](const json&) { return "removed " + address_text(address) + "; its table stays\n"; });
}

Result<int> list_models(const Session& session, const Arguments& arguments) {
    MT_TRY(const auto id, TenantId::parse(arguments.words[1]));
    MT_TRY(const auto models, read_models(session, id));
    auto rows = json::array();
    for (const auto& model : models.list()) {
        const auto file = model.file.empty() ? json{} : json(session.display(id) + "/models/" + model.file.filename().native());
        rows.push_back({{"model", model.name}, {"datasource", model.datasource}, {"public", model.is_public}, {"file", file}});
    }
    return session.output.result(rows, [&](const json& all) {
        return cli::render_table(all, {{"MODEL", "model"}, {"DATASOURCE", "datasource"}, {"PUBLIC", "public"}, {"FILE", "file"}},
                                 session.output.colour(), session.output.width());
    });
}

Result<int> show_model(const Session& session, const Arguments& arguments) {
    MT_TRY(const auto address, parse_model_address(arguments.words[1]));
    MT_TRY(const auto models, read_models(session, address.tenant));
    auto model = models.show(address.model);
    if (!model.ok()) return of_tenant(std::move(model).error(), address.tenant);
    return session.output.result(json(*model), [&](const json&) { return pretty(*model); });
}

}  // namespace

Result<int> run_model(Session& session, const Arguments& arguments) {
    if (arguments.words.empty())
        return Error{Errc::usage, "no model is named"}.hint("mtm model foo:Customer, or: mtm model list foo");
    const auto& first = arguments.words.front();
    const bool is_action = first == "list" || first == "ls" || first == "show" || first == "remove" || first == "delete";
    if (first == "extend" && arguments.words.size() >= 3) return extend_model(session, arguments);
    if (!is_action && first != "extend") return add_model(session, arguments);
    if (arguments.words.size() != 2 || first == "extend")
        return Error{Errc::usage, "'mtm model " + first + "' takes " + (first == "extend" ? "a model and what it gets" : "one argument")}.hint(
            first == "list" || first == "ls" ? "mtm model list foo"
            : first == "extend"              ? "mtm model extend foo:Customer phone:string orders:hasMany:Order"
                                             : "mtm model " + first + " foo:Customer");
    if (first == "list" || first == "ls") return list_models(session, arguments);
    if (first == "show") return show_model(session, arguments);
    return remove_model(session, arguments);
}

}  // namespace mt::mtm
