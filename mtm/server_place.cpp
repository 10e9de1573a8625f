#include "mtm/server_place.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/server_logins.hpp"
#include "base/tenant_config.hpp"
#include "mtm/edit_json.hpp"
#include "mtm/scaffold.hpp"
#include "mtm/staging.hpp"
#include "mtm/stream_job.hpp"

namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

constexpr const char *k_datasource = "db", *k_shared_schema = "mtg_rows";

/// 32 letters and digits from the kernel's generator.
Result<std::string> fresh_password() {
    std::string password;
    for (int i = 0; i < 4; ++i) {
        MT_TRY(const auto part, fresh_key());
        password += part;
    }
    return password;
}

/// The order of a job, with the operator's login, in memory that only the job is given.
Result<Fd> order_file(const Session& session, const JournalEntry& entry, const std::string& password) {
    const auto& config = session.settings.config_file;
    if (config.empty())
        return Error{Errc::usage, "there is no mtg.json, which would have the login of the server " + entry.server}.hint(
            "name the file: mtm --config mtg.json …");
    MT_TRY(const auto login, read_server_login(config, entry.server));
    std::error_code ignored;
    const ordered_json order{{"server", login},       {"name", entry.server}, {"config", fs::absolute(config, ignored).native()},
                             {"datasource", entry.datasource}, {"tenancy", entry.tenancy}, {"key", entry.key},     {"token", entry.token},
                             {"password", password},   {"parent", ::getpid()}};
    const auto text = order.dump();
    Fd file{::memfd_create("provision-order", MFD_CLOEXEC)};
    if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::lseek(file.get(), 0, SEEK_SET) != 0)
        return errno_error("write the order of a job");
    return file;
}

/// Answers {there, steps}.
Result<json> run_provision(const Session& session, const JournalEntry& entry, const fs::path& folder,
                           const std::string& action, const std::string& password = {}) {
    MT_TRY(const auto order, order_file(session, entry, password));
    MT_TRY(auto job, StreamJob::with_input(entry.id, folder, session.display(entry.id), {"provision", action}, order));
    MT_TRY(const auto printed, job.finish());
    const auto document = parse_json(printed);
    if (document.ok() && document->is_object() && document->contains("data")) return (*document)["data"];
    return Error{Errc::failed, "tenant-app does not say what it did on the server"}.hint("is it of the same version as mtm?");
}

Result<std::string> password_of(const fs::path& folder, const std::string& datasource) {
    MT_TRY(const auto datasources, read_object(folder / "datasources.json", {}));
    return datasources.root[datasource].value("password", std::string{});
}

/// What the server's certificate is verified by comes into the tenant's folder, the only one that its processes may read; a
/// certificate that the operator logs in with does not.
Status take_authority(const fs::path& config, const fs::path& staged, ordered_json& settings) {
    auto ssl = settings.find("ssl");
    if (ssl == settings.end() || !ssl->is_object()) return {};
    ssl->erase("cert");
    ssl->erase("key");
    if (!ssl->contains("ca") || !(*ssl)["ca"].is_string()) return {};
    const auto path = config.parent_path() / (*ssl)["ca"].get<std::string>();
    MT_TRY(const auto certificate, read_file(path));
    const auto name = "ca-of-" + settings["server"].get<std::string>() + ".pem";
    if (name.find('/') != std::string::npos)
        return Error{Errc::invalid_config, "a server whose name has a / can have no \"ca\""}.in_file(config.native(), 0, "/servers");
    (*ssl)["ca"] = name;
    return write_file(staged / name, certificate);
}

Status check_known(const Session& session, const std::string& server) {
    const auto& config = session.settings.config_file;
    if (config.empty())
        return Error{Errc::usage, "--datasource names a server of mtg.json, and there is no such file"}.hint(
            "docs/TENANCY.md shows one; --config names it");
    if (session.settings.config_error) return *session.settings.config_error;
    MT_TRY(const auto login, read_server_login(config, server));
    static_cast<void>(login);
    return {};
}

}  // namespace

Result<std::optional<ServerPlace>> place_of(const fs::path& folder) {
    const auto datasources = read_optional_object(folder / "datasources.json", {});
    if (!datasources.ok()) return datasources.error();
    for (const auto& [name, settings] : datasources->root.items()) {
        if (!settings.is_object() || !settings.contains("server") || !settings["server"].is_string()) continue;
        MT_TRY(const auto config, read_tenant_config(folder / "tenant.json"));
        if (config.key.empty())
            return Error{Errc::invalid_config, "the tenant has something on the server " + settings["server"].get<std::string>() +
                         ", but no \"key\" that would say what"}.in_file((folder / "tenant.json").native());
        return std::optional{ServerPlace{name, settings["server"].get<std::string>(), config.key,
                                         settings.value("tenancy", std::string{"isolated"})}};
    }
    return std::optional<ServerPlace>{};
}

Result<PlaceWish> read_wish(const Session& session, const Arguments& arguments) {
    if (arguments.server.empty())
        return Error{Errc::usage, "--tenancy is about a database server: it goes with --datasource"}.hint(
            "mtm add foo --datasource pg-main --tenancy schema");
    if (!arguments.connector.empty() || !arguments.from.empty() || arguments.command)
        return Error{Errc::usage, "--datasource does not go with --connector, --from and --command"};
    if (arguments.tenancy != "isolated" && arguments.tenancy != "schema" && arguments.tenancy != "row")
        return Error{Errc::usage, "--tenancy is isolated, schema or row"}.hint(
            "mtm add foo --datasource " + arguments.server + " --tenancy schema");
    MT_CHECK(check_known(session, arguments.server));
    return PlaceWish{arguments.server, arguments.tenancy};
}

Status write_place(const Session& session, const fs::path& staged, const PlaceWish& wish) {
    MT_TRY(const auto login, read_server_login(session.settings.config_file, wish.server));
    MT_TRY(const auto config, read_tenant_config(staged / "tenant.json"));
    MT_TRY(auto datasources, read_optional_object(staged / "datasources.json", {}));
    ordered_json settings{{"name", k_datasource}, {"connector", login["connector"]}, {"server", wish.server},
                          {"tenancy", wish.tenancy}};
    for (const auto* key : {"host", "socketPath", "port", "database", "ssl", "sslmode"})
        if (login.contains(key)) settings[key] = login[key];
    if (wish.tenancy == "isolated") settings["database"] = config.key;
    else settings["schema"] = wish.tenancy == "row" ? k_shared_schema : config.key;
    if (wish.tenancy == "row") settings["rls"] = "required";
    MT_CHECK(take_authority(session.settings.config_file, staged, settings));
    settings["user"] = config.key;
    MT_TRY(settings["password"], fresh_password());
    datasources.root[k_datasource] = std::move(settings);
    return write_file(staged / "datasources.json", pretty(datasources.root), 0600);
}

Result<PlaceChange> PlaceChange::begin(const Session& session, const TenantId& id, const fs::path& folder,
                                       const std::string& op) {
    PlaceChange change{session};
    const auto read = place_of(folder);
    if (!read.ok() && op == "make") return read.error();
    // A tenant whose files are broken can be removed all the same.
    if (!read.ok()) session.output.note("warning: what the tenant has on a server is left as it is: " + describe(read.error()));
    if (!read.ok() || !*read) return change;
    const auto& place = *read;
    JournalEntry entry{op, id, place->key, place->server, place->datasource, place->tenancy, {}};
    std::string password;
    if (op == "make") {
        MT_TRY(entry.token, fresh_key());
        MT_TRY(password, password_of(folder, place->datasource));
    }
    MT_CHECK(check_known(session, place->server));
    MT_CHECK(begin_entry(session.layout(), entry));
    change.entry_ = entry;
    if (op == "drop") return change;
    MT_TRY(const auto done, run_provision(session, entry, folder, op, password));
    if (!done.value("there", false))
        session.output.note("note: tenant " + id.str() + ": the server " + entry.server + " has nothing of it");
    return change;
}

Status PlaceChange::commit() {
    if (!entry_) return {};
    const auto entry = *std::exchange(entry_, std::nullopt);
    if (entry.op == "drop") return settle_place(*session_, entry);
    return end_entry(session_->layout(), entry);
}

PlaceChange::~PlaceChange() {
    if (!entry_) return;
    if (const auto settled = settle_place(*session_, *entry_); !settled.ok())
        session_->output.note("warning: " + describe(settled.error()) + "; the next mtm settles it");
}

Result<Fd> order_for_tables(const Session& session, const TenantId& id, const ServerPlace& place) {
    return order_file(session, {"tables", id, place.key, place.server, place.datasource, place.tenancy, {}}, {});
}

Result<std::vector<std::string>> make_tables(const Session& session, const TenantId& id, const fs::path& folder, bool plan) {
    MT_TRY(const auto place, place_of(folder));
    if (!place || place->tenancy == "isolated") return std::vector<std::string>{};  // its worker makes them
    const JournalEntry entry{"tables", id, place->key, place->server, place->datasource, place->tenancy, {}};
    MT_TRY(const auto done, run_provision(session, entry, folder, plan ? "plan" : "tables"));
    if (done.value("there", false)) return done.value("steps", std::vector<std::string>{});
    return Error{Errc::failed, "the server " + place->server + " has nothing of the tenant"}.of_tenant(id.str());
}

Status settle_place(const Session& session, const JournalEntry& entry) {
    const auto& layout = session.layout();
    std::string action;
    switch (find_folder(layout, entry)) {
        case FolderPlace::tenants: action = "unshelve"; break;
        case FolderPlace::trash: action = "shelve"; break;
        case FolderPlace::nowhere: action = entry.op == "make" || entry.op == "drop" ? "drop" : ""; break;
    }
    if (action.empty())
        return Error{Errc::conflict, "what it has on the server " + entry.server + " belongs to no folder any more"}
            .of_tenant(entry.id.str())
            .in_file(file_of(layout, entry).native())
            .hint("bring its folder back, or drop the roles and the schema " + entry.key + " and remove that file");
    MT_TRY(const auto done, run_provision(session, entry, layout.tenants(), action));
    static_cast<void>(done);
    return end_entry(layout, entry);
}

void settle_places(const Session& session) {
    const auto entries = read_journal(session.layout());
    if (entries.empty()) return;
    for (const auto& entry : entries) {
        const auto lock = FileLock::acquire(session.layout().lock(entry.id));
        if (!lock.ok()) continue;  // somebody works on it
        // Who held the lock until now may have ended it.
        bool left = false;
        for (const auto& each : read_journal(session.layout())) left = left || each.key == entry.key;
        if (!left) continue;
        if (const auto settled = settle_place(session, entry); !settled.ok())
            session.output.note("warning: " + describe(settled.error()));
    }
}

}  // namespace mt::mtm
