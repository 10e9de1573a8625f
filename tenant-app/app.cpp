#include "tenant-app/app.hpp"

#include "tenant-app/config.hpp"
#include "tenant-app/connectors/registry.hpp"
#include "tenant-app/model/load_registry.hpp"
#include "tenant-app/query/parse_filter.hpp"

namespace mt::app {

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
    app->service_ = std::make_unique<rest::Service>(app->registry_, *app->repository_, std::move(settings));
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
        connectors_.push_back(std::move(connector));
    }
    return {};
}

Connector& App::connector_of(const Model& model) {
    std::size_t position = 0;
    while (registry_.datasources[position].name != model.datasource) ++position;
    return *connectors_[position];
}

}  // namespace mt::app
