#include "tenant-app/app.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/layered_file.hpp"
#include "tenant-app/config.hpp"
#include "tenant-app/connectors/registry.hpp"
#include "tenant-app/mail/outbox_folder.hpp"
#include "tenant-app/mail/smtp_settings.hpp"
#include "tenant-app/model/load_registry.hpp"
#include "tenant-app/query/parse_filter.hpp"

namespace mt::app {

namespace {

/// Where mail waits, and whether it goes on from there.
struct MailRoute {
    std::filesystem::path outbox;
    std::optional<std::uint16_t> smtp_port;
};

/// The data source with the mail connector says so.
Result<MailRoute> mail_route(const Registry& registry, const std::filesystem::path& folder,
                             std::vector<std::string>& warnings) {
    MailRoute route{folder / "outbox", {}};
    for (const auto& datasource : registry.datasources) {
        if (datasource.settings->value("connector", "") != "mail") continue;
        const auto pointer = "/" + pointer_escape(datasource.name);
        const auto placed = [&](const Error& error) {
            return Error{error.code(), error.message()}.in_file("datasources.json", 0, pointer + error.place().pointer);
        };
        auto outbox = outbox_folder(folder, *datasource.settings);
        if (!outbox.ok()) return placed(outbox.error());
        std::vector<std::pair<std::string, std::string>> ignored;
        const auto smtp = read_smtp(*datasource.settings, ignored);
        if (!smtp.ok()) return placed(smtp.error());
        for (const auto& [place, text] : ignored)
            warnings.push_back("datasources.json " + pointer + place + ": " + text);
        if (!*smtp)
            warnings.push_back("datasources.json " + pointer +
                               ": no transport of type smtp, mail stays in the outbox folder");
        MailRoute found{*std::move(outbox), {}};
        if (*smtp) found.smtp_port = static_cast<std::uint16_t>((*smtp)->port);
        return found;
    }
    return route;
}

/// The same error with its line. Connectors see settings, not the file: it is read once more for the one that is refused.
Error with_line(Error error, const std::filesystem::path& folder) {
    const auto place = error.place();
    if (place.file != "datasources.json" || place.line != 0) return error;
    std::vector<std::string> ignored;
    const auto file = read_layers(folder, "datasources", ignored);
    if (!file.ok() || !*file) return error;
    return (*file)->error_at(place.pointer, error.message()).hint(place.hint);
}

}  // namespace

Result<std::unique_ptr<App>> App::load(const std::filesystem::path& folder) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored))
        return Error{Errc::no_such_tenant, folder.native() + " is no tenant's folder"}.hint("mtm add <id> makes one");

    std::unique_ptr<App> app{new App};
    app->folder_ = folder;
    MT_TRY(auto settings, load_settings(folder, app->warnings_));
    MT_TRY(app->registry_, load_registry(folder, connector_names(), app->warnings_));
    MT_CHECK(check_scopes(app->registry_));
    app->repository_ = std::make_unique<Repository>(app->registry_, [raw = app.get()](const Model& model) -> Connector& {
        return raw->connector_of(model);
    });
    auto mail = mail_route(app->registry_, folder, app->warnings_);
    if (!mail.ok()) return with_line(mail.error(), folder);
    app->smtp_port_ = mail->smtp_port;
    app->outbox_ = mail->outbox;
    app->auth_ = std::make_unique<Auth>(
        app->registry_, *app->repository_,
        [raw = app.get()](const Model& model) -> Connector& { return raw->connector_of(model); },
        std::move(mail->outbox));
    app->repository_->set_hooks(*app->auth_);
    app->service_ = std::make_unique<rest::Service>(app->registry_, *app->repository_, std::move(settings));
    app->service_->changes = &app->changes_;
    app->service_->auth = app->auth_.get();
    return app;
}

App::~App() = default;

Status App::check_datasources() const {
    asio::io_context unused{1};
    for (const auto& datasource : registry_.datasources)
        if (const auto made = make_connector(unused.get_executor(), folder_, datasource); !made.ok()) return with_line(made.error(), folder_);
    return {};
}

Status App::open(asio::io_context& io) {
    for (const auto& datasource : registry_.datasources) {
        auto made = make_connector(io.get_executor(), folder_, datasource);
        if (!made.ok()) return with_line(made.error(), folder_);
        auto connector = *std::move(made);
        std::vector<const Model*> models;
        for (const auto& model : registry_.models)
            if (model->persisted && model->datasource == datasource.name) models.push_back(model.get());
        if (auto fits = connector->migrate(models); !fits.ok()) return with_line(fits.error(), folder_);
        watched_.push_back(std::make_unique<WatchedConnector>(*connector, changes_));
        connectors_.push_back(std::move(connector));
    }
    return {};
}

sandbox::WorkerNeeds App::needs() const {
    sandbox::WorkerNeeds needs;
    for (const auto& datasource : registry_.datasources) {
        const auto reach = reach_of(folder_, datasource);
        if (reach.port) needs.database_ports.push_back(*reach.port);
        needs.unix_sockets = needs.unix_sockets || reach.unix_sockets;
        if (!datasource.connector.starts_with("sqlite")) continue;
        const auto file = datasource.settings->value("file", "data/db.sqlite3");
        needs.writable.push_back((folder_ / file).lexically_normal().parent_path());
    }
    // Whatever connector put something there.
    std::error_code error;
    for (const auto* name : {"data", "files"})
        if (std::filesystem::is_directory(folder_ / name, error)) needs.writable.push_back(folder_ / name);
    const bool has_users = std::any_of(registry_.models.begin(), registry_.models.end(),
                                       [](const auto& model) { return model->builtin == BuiltIn::user; });
    if (has_users || smtp_port_) needs.writable.push_back(outbox_);
    needs.mail_port = smtp_port_;
    return needs;
}

bool App::mail_waits() const {
    std::error_code error;
    for (std::filesystem::directory_iterator at{outbox_, error}, end; !error && at != end; at.increment(error))
        if (at->path().extension() == ".eml") return true;
    return false;
}

Connector& App::connector_of(const Model& model) {
    std::size_t position = 0;
    while (registry_.datasources[position].name != model.datasource) ++position;
    // Only who is heard pays for being watched.
    if (changes_.heard(model)) return *watched_[position];
    return *connectors_[position];
}

}  // namespace mt::app
