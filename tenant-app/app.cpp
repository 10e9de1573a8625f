#include "tenant-app/app.hpp"

#include <nlohmann/json.hpp>

#include "tenant-app/config.hpp"
#include "tenant-app/connectors/registry.hpp"
#include "tenant-app/model/load_registry.hpp"
#include "tenant-app/query/parse_filter.hpp"

namespace mt::app {

namespace {

/// Where mail goes: "outbox" in the tenant's folder, unless the data source with the mail connector names another folder in there.
Result<std::filesystem::path> outbox_folder(const Registry& registry, const std::filesystem::path& folder) {
    for (const auto& datasource : registry.datasources) {
        if (datasource.settings->value("connector", "") != "mail" || !datasource.settings->contains("outbox")) continue;
        const auto& value = (*datasource.settings)["outbox"];
        const std::filesystem::path path = value.is_string() ? value.get<std::string>() : "";
        const auto normal = path.lexically_normal();
        if (normal.empty() || normal.is_absolute() || normal.native().starts_with("..")) {
            return Error{Errc::invalid_config, "\"outbox\" is a folder in the tenant's own folder"}.in_file(
                "datasources.json", 0, "/" + pointer_escape(datasource.name) + "/outbox");
        }
        return folder / normal;
    }
    return folder / "outbox";
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
    MT_TRY(auto outbox, outbox_folder(app->registry_, folder));
    app->auth_ = std::make_unique<Auth>(
        app->registry_, *app->repository_, [raw = app.get()](const Model& model) -> Connector& { return raw->connector_of(model); },
        std::move(outbox));
    app->repository_->set_hooks(*app->auth_);
    app->service_ = std::make_unique<rest::Service>(app->registry_, *app->repository_, std::move(settings));
    app->service_->changes = &app->changes_;
    app->service_->auth = app->auth_.get();
    return app;
}

App::~App() = default;

Status App::open(asio::io_context& io) {
    for (const auto& datasource : registry_.datasources) {
        MT_TRY(auto connector, make_connector(io.get_executor(), folder_, datasource));
        std::vector<const Model*> models;
        for (const auto& model : registry_.models)
            if (model->persisted && model->datasource == datasource.name) models.push_back(model.get());
        MT_CHECK(connector->migrate(models));
        watched_.push_back(std::make_unique<WatchedConnector>(*connector, changes_));
        connectors_.push_back(std::move(connector));
    }
    return {};
}

Connector& App::connector_of(const Model& model) {
    std::size_t position = 0;
    while (registry_.datasources[position].name != model.datasource) ++position;
    // Only who is heard pays for being watched.
    if (changes_.heard(model)) return *watched_[position];
    return *connectors_[position];
}

}  // namespace mt::app
