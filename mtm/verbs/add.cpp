#include <nlohmann/json.hpp>
#include <optional>

#include "base/command_config.hpp"
#include "base/files.hpp"
#include "base/printable.hpp"
#include "mtm/acknowledge.hpp"
#include "mtm/check_tenant.hpp"
#include "mtm/edit_json.hpp"
#include "mtm/move_in.hpp"
#include "mtm/place.hpp"
#include "mtm/scaffold.hpp"
#include "mtm/select.hpp"
#include "mtm/server_place.hpp"
#include "mtm/staging.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

namespace {

constexpr std::chrono::minutes k_data_timeout{30};

/// What the new tenants are made of: a template, an application that moves in, or a program that serves them.
struct Origin {
    Scaffold scaffold;
    std::optional<Project> project;
    Abilities abilities;
    CommandConfig command;  ///< with words: neither of the two
    std::optional<PlaceWish> place;  ///< of a template's data source "db": on this server
};

/// What there is to say about a tenant that was made.
struct Told {
    std::vector<std::string> notes, warnings;
};

/// "models/a.json:3 /name: text" of the tenant as a line about the project's file.
std::string in_project(const std::string& line, const MoveIn& moved) {
    for (const auto& [file, origin] : moved.origins)
        if (line.starts_with(file) && line.size() > file.size() &&
            (line[file.size()] == ':' || line[file.size()] == ' '))
            return origin + line.substr(file.size());
    return line;
}

/// The same for an error in `display`, the new tenant's folder.
Error in_project(Error error, const MoveIn& moved, const std::string& display) {
    auto place = error.place();
    if (!place.file.starts_with(display + "/")) return error;
    const auto origin = moved.origins.find(place.file.substr(display.size() + 1));
    if (origin == moved.origins.end()) return error;
    return std::move(error).in_file(origin->second, place.line, place.pointer);
}

Status bring_data(const TenantId& id, const std::filesystem::path& folder, const std::string& display,
                  const MoveIn& moved) {
    for (const auto& copy : moved.databases)
        MT_CHECK(worker_job(id, folder, display, {"copy-database", copy.from.native(), copy.to}, k_data_timeout));
    for (const auto& [name, file] : moved.rows)
        MT_CHECK(worker_job(id, folder, display, {"load-rows", name, file.native()}, k_data_timeout));
    return {};
}

Result<Told> fill_from_project(const Session& session, const TenantId& id, const Origin& origin,
                               const std::filesystem::path& folder) {
    const auto display = session.display(id);
    auto moved = move_in(*origin.project, folder, origin.abilities);
    if (!moved.ok()) return std::move(moved).error().of_tenant(id.str());
    MT_CHECK(finish(folder));
    auto warnings = check_tenant(id, folder, display);
    if (!warnings.ok()) return in_project(std::move(warnings).error(), *moved, display);
    if (const auto brought = bring_data(id, folder, display, *moved); !brought.ok())
        return in_project(brought.error(), *moved, display);
    Told told{std::move(moved->notes), std::move(moved->warnings)};
    for (const auto& warning : *warnings)
        if (!warning.ends_with("code is not run"))
            told.warnings.push_back(in_project(warning, *moved));  // move_in() said more of it
    return told;
}

Result<Told> fill_from_template(const Session& session, const TenantId& id, const Origin& origin,
                                const std::filesystem::path& folder) {
    MT_CHECK(fill(folder, origin.scaffold));
    if (origin.place) MT_CHECK(write_place(session, folder, *origin.place));
    MT_TRY(auto warnings, check_tenant(id, folder, session.display(id)));
    return Told{{}, std::move(warnings)};
}

/// tenant.json alone: the program's files are the user's to bring.
Result<Told> fill_with_command(const Session& session, const TenantId& id, const Origin& origin,
                               const std::filesystem::path& folder) {
    ordered_json tenant;
    MT_TRY(tenant["key"], fresh_key());
    tenant["command"] = origin.command.words;
    if (origin.command.listen != CommandConfig{}.listen) tenant["listen"] = origin.command.listen;
    MT_CHECK(write_file(folder / "tenant.json", pretty(tenant)));
    // A program in the folder is not there yet; what PATH has not got never will be.
    if (origin.command.words.front().find('/') != std::string::npos) return Told{};
    MT_TRY(auto warnings, check_tenant(id, folder, session.display(id)));
    return Told{{}, std::move(warnings)};
}

Result<Told> fill_folder(const Session& session, const TenantId& id, const Origin& origin,
                         const std::filesystem::path& folder) {
    if (!origin.command.words.empty()) return fill_with_command(session, id, origin, folder);
    if (origin.project) return fill_from_project(session, id, origin, folder);
    return fill_from_template(session, id, origin, folder);
}

/// What one that moves in has on a server is nobody's to make.
Result<PlaceChange> make_place(const Session& session, const TenantId& id, const Origin& origin,
                               const std::filesystem::path& folder) {
    if (origin.place) return PlaceChange::begin(session, id, folder, "make");
    return PlaceChange::none(session);
}

/// Everything up to the commit point is in .staging; the lock ends with this function, before the wait for the gateway.
Result<Told> make_tenant(const Session& session, const TenantId& id, const Origin& origin) {
    MT_TRY(const auto lock, lock_tenant(session.layout(), id));
    MT_CHECK(check_free(session.layout(), id));
    MT_TRY(auto staging, Staging::create(session.layout(), id));
    MT_TRY(auto told, fill_folder(session, id, origin, staging.folder()));
    MT_TRY(auto place, make_place(session, id, origin, staging.folder()));
    forget_log(session.layout(), id);
    MT_CHECK(staging.publish(session.layout().tenant(id)));
    MT_CHECK(place.commit());
    for (const auto& note : told.notes) session.output.note("note: tenant " + id.str() + ": " + printable(note));
    for (const auto& warning : told.warnings)
        session.output.note("warning: tenant " + id.str() + ": " + printable(warning));
    return told;
}

/// Said before anything is made: a file of the tenant that would name it does not exist yet, and will not.
Status check_connector(const std::string& name) {
    MT_TRY(const auto abilities, worker_abilities());
    std::string known;
    for (const auto& each : abilities.connectors) {
        if (each == name) return {};
        if (each != "transient" && each != "mail") known += (known.empty() ? "" : ", ") + each;
    }
    return Error{Errc::usage, "there is no connector " + in_quotes(name)}.hint("there are: " + known);
}

Result<CommandConfig> read_command(const Arguments& arguments) {
    const bool template_chosen = arguments.template_name != Arguments{}.template_name;
    if (!arguments.from.empty() || !arguments.connector.empty() || template_chosen)
        return Error{Errc::usage, "--from, --connector and --template do not go with --command"}.hint(
            "such a tenant has nothing but its program");
    CommandConfig command;
    MT_TRY(command.words, split_command(*arguments.command));
    if (!arguments.listen.empty()) command.listen = arguments.listen;
    if (command.listen == "fd" || command.listen == "port" || command.listen == "socket") return command;
    return Error{Errc::usage, "--listen is fd, port or socket, not " + in_quotes(command.listen)};
}

Result<Origin> find_origin(const Session& session, const Arguments& arguments) {
    Origin origin;
    if (!arguments.server.empty() || arguments.tenancy != Arguments{}.tenancy) {
        MT_TRY(origin.place, read_wish(session, arguments));
    }
    if (arguments.command) {
        MT_TRY(origin.command, read_command(arguments));
        return origin;
    }
    if (!arguments.listen.empty()) return Error{Errc::usage, "--listen is about a program: it goes with --command"};
    if (arguments.from.empty()) {
        MT_TRY(const auto folder, find_template(session.layout().templates(), arguments.template_name));
        MT_TRY(const auto worker, worker_program());
        static_cast<void>(worker);  // asked for now, so that nothing is begun without it
        if (!arguments.connector.empty()) MT_CHECK(check_connector(arguments.connector));
        origin.scaffold = {folder, arguments.connector};
        return origin;
    }
    if (!arguments.connector.empty() || arguments.template_name != Arguments{}.template_name)
        return Error{
            Errc::usage,
            "--from takes data sources and all else from the application; --connector and --template do not go with it"};
    MT_TRY(auto project, Project::find(arguments.from));
    MT_TRY(origin.abilities, worker_abilities());
    origin.project = std::move(project);
    return origin;
}

}  // namespace

Result<int> run_add(Session& session, const Arguments& arguments) {
    MT_TRY(const auto ids, parse_ids(arguments));
    MT_TRY(const auto origin, find_origin(session, arguments));
    for (const auto& id : ids) MT_CHECK(check_sockets(session.layout(), id));
    Acknowledge acknowledge{session, arguments};
    if (!arguments.dry_run) MT_CHECK(acknowledge.prepare());
    if (!arguments.dry_run) settle_places(session);

    const auto add = [&](const TenantId& id) -> Result<json> {
        MT_CHECK(check_free(session.layout(), id));
        const auto from = !origin.command.words.empty() ? "write a tenant.json that runs: " + *arguments.command
                          : origin.project              ? "take over the application " + arguments.from
                                                        : "copy the template " + origin.scaffold.folder.native();
        if (arguments.dry_run) {
            std::vector<std::string> steps{from, "check the configuration"};
            if (origin.place) steps.push_back("make a login and what it needs on the server " + origin.place->server);
            steps.insert(steps.end(), {"rename it to " + session.display(id), "wait for the gateway, if it runs"});
            return plan(id, steps);
        }
        MT_TRY(const auto told, make_tenant(session, id, origin));
        MT_TRY(const bool served, acknowledge.sync(id));
        const auto url = session.gateway.base_url() + "/" + id.str();
        json row{{"id", id.str()},   {"folder", session.display(id)}, {"url", url}, {"explorer", url + "/explorer"},
                 {"served", served}, {"warnings", told.warnings}};
        if (!origin.command.words.empty()) {
            row.erase("explorer");
            row["command"] = origin.command.words;
            row["listen"] = origin.command.listen;
        }
        if (origin.project) {
            row["from"] = arguments.from;
            row["notes"] = told.notes;
        }
        return row;
    };
    const auto text = [&](const json& row) {
        if (arguments.dry_run) return plan_text(row);
        const auto id = row["id"].get<std::string>();
        return "added " + id + "  " + row["url"].get<std::string>() + "\n";
    };
    MT_TRY(const int code, for_each_tenant(session, arguments, ids, add, text));
    if (code == 0 && !arguments.dry_run && !origin.command.words.empty())
        session.output.note("next: put what it runs into " + session.display(ids.front()));
    else if (code == 0 && !arguments.dry_run && !origin.project)
        session.output.note("next: mtm model " + ids.front().str() + ":Customer");
    return code;
}

}  // namespace mt::mtm
