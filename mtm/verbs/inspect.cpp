#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/cli/table.hpp"
#include "base/control/document.hpp"
#include "base/settings.hpp"
#include "base/units.hpp"
#include "mtm/edit_json.hpp"
#include "mtm/select.hpp"
#include "mtm/tenant_models.hpp"
#include "mtm/verbs.hpp"

// One document of all that is known of a tenant. A part that cannot be read is an error object in its place, not the
// end of the whole: whoever inspects often does so because something is broken. Of data sources only what cannot be a
// secret is
// told.

namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t k_listed_max = 1000;

Result<json> settings(const Session& session, const TenantId& id) {
    MT_TRY(const auto object, read_optional_object(session.layout().tenant(id) / "tenant.json",
                                                   session.display(id) + "/tenant.json"));
    MT_TRY(const auto config, parse_tenant_config(object.file));
    return tenant_settings(session.settings.config, config, object.root);
}

Result<json> models(const Session& session, const TenantId& id) {
    MT_TRY(const auto all, TenantModels::read(session.layout().tenant(id), session.display(id)));
    auto rows = json::array();
    for (const auto& model : all.list())
        rows.push_back({{"name", model.name}, {"source", model.datasource}, {"public", model.is_public},
                        {"file", model.file.empty() ? json() : json(model.file.native())}});
    return rows;
}

Result<json> sources(const Session& session, const TenantId& id) {
    MT_TRY(const auto object, read_optional_object(session.layout().tenant(id) / "datasources.json",
                                                   session.display(id) + "/datasources.json"));
    auto rows = json::array();
    for (const auto& [name, source] : object.root.items()) {
        const auto member = [&source](const char* key) {
            const bool there = source.is_object() && source.contains(key) && source[key].is_string();
            return there ? json(source[key].get<std::string>()) : json();
        };
        const auto connector = member("connector");
        const bool is_file = connector.is_string() && connector.get<std::string>().find("sqlite") != std::string::npos;
        rows.push_back({{"name", name}, {"connector", connector}, {"file", is_file ? member("file") : json()}});
    }
    return rows;
}

/// Regular files of the tenant's folder, by path; links are not followed.
Result<json> files(const Session& session, const TenantId& id) {
    const auto folder = session.layout().tenant(id);
    std::vector<fs::path> paths;
    std::error_code error;
    for (fs::recursive_directory_iterator at{folder, error}, end; !error && at != end &&
         paths.size() < k_listed_max; at.increment(error))
        if (at->symlink_status(error).type() == fs::file_type::regular) paths.push_back(at->path());
    if (error) return Error{Errc::failed, "read " + session.display(id) + ": " + error.message()};
    std::sort(paths.begin(), paths.end());
    auto rows = json::array();
    for (const auto& path : paths) {
        struct stat info {};
        if (::lstat(path.c_str(), &info) != 0) continue;  // gone since
        const auto changed = std::chrono::system_clock::time_point{std::chrono::seconds{info.st_mtim.tv_sec}};
        rows.push_back({{"path", path.lexically_relative(folder).native()},
                        {"bytes", static_cast<std::uint64_t>(info.st_size)},
                        {"changed", format_time(changed)}});
    }
    return rows;
}

json or_error(Result<json> part) {
    if (part.ok()) return *std::move(part);
    return {{"error", error_object(part.error())}};
}

std::string section(const json& all, const char* key, const char* title, const std::vector<cli::Column>& columns,
                    const cli::Output& output) {
    if (!all.contains(key)) return {};
    const auto& rows = all[key];
    auto out = "\n" + std::string{title} + "\n";
    if (rows.is_object()) return out + cli::describe_lines("error", error_from(rows.value("error", json::object())));
    if (!rows.is_array() || rows.empty()) return out + "none\n";
    return out + cli::render_table(rows, columns, output.colour(), output.width());
}

std::string inspect_text(const json& all, const cli::Output& output) {
    using cli::Show;
    const std::vector<cli::Column> fields{
        {"tenant", "id"}, {"state", "state", Show::state}, {"reason", "reason"}, {"since", "since"}, {"until", "until"},
        {"folder", "folder"}, {"revision", "revision"}, {"restarts", "restarts"}, {"requests", "requests"},
            {"server errors", "server_errors"},
        {"in flight", "in_flight"}, {"upstream", "upstream"}, {"hosts", "hosts"}, {"error", "error/message"},
            {"error in", "error/file"},
        {"error line", "error/line"}, {"error at", "error/pointer"}, {"hint", "error/hint"}};
    return cli::render_fields(all, fields, output.colour()) +
           section(all, "processes", "PROCESSES",
                   {{"ROLE", "role"}, {"PID", "pid", Show::count}, {"UP", "uptime_ms", Show::duration},
                    {"MEM", "memory_bytes", Show::bytes},
                    {"PSS", "pss_bytes", Show::bytes}, {"CPU", "cpu_ms", Show::duration},
                        {"THREADS", "threads", Show::count},
                    {"FILES", "descriptors", Show::count}, {"REV", "revision"}}, output) +
           section(all, "isolation", "ISOLATION", {{"WHAT", "mechanism"}, {"STATE", "state"}, {"DETAIL", "detail"}},
                   output) +
           section(all, "settings", "CONFIGURATION", {{"KEY", "key"}, {"VALUE", "value"}, {"SOURCE", "source"}},
                   output) +
           section(all, "models", "MODELS", {{"MODEL", "name"}, {"SOURCE", "source"}, {"PUBLIC", "public"},
                                             {"FILE", "file"}}, output) +
           section(all, "sources", "DATA SOURCES", {{"NAME", "name"}, {"CONNECTOR", "connector"}, {"FILE", "file"}},
                   output) +
           section(all, "files", "FILES", {{"PATH", "path"}, {"SIZE", "bytes", Show::bytes}, {"CHANGED", "changed"}},
                   output);
}

}  // namespace

Result<int> run_inspect(Session& session, const Arguments& arguments) {
    MT_TRY(const auto ids, select_tenants(session.layout(), arguments));
    MT_CHECK(session.gateway.require());
    const auto inspect = [&](const TenantId& id) -> Result<json> {
        MT_TRY(auto all, session.gateway.get("/tenants/" + id.str() + "/inspect"));
        all["folder"] = session.display(id);
        all["settings"] = or_error(settings(session, id));
        all["models"] = or_error(models(session, id));
        all["sources"] = or_error(sources(session, id));
        all["files"] = or_error(files(session, id));
        return all;
    };
    return for_each_tenant(session, arguments, ids, inspect,
                           [&](const json& all) { return inspect_text(all, session.output); });
}

}  // namespace mt::mtm
