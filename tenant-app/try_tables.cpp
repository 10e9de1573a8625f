#include "tenant-app/try_tables.hpp"

#include "tenant-app/connectors/sqlite/database.hpp"
#include "tenant-app/connectors/sqlite/table.hpp"

namespace mt::app {

namespace {

Error fits_no_table(const Model& model, const Error& error, const std::filesystem::path& folder) {
    Error refused{Errc::invalid_config, "model " + model.name + ": " + error.message()};
    const auto file = std::filesystem::path{"models"} / (model.name + ".json");
    std::error_code unknown;
    return std::filesystem::exists(folder / file, unknown) ? std::move(refused).in_file(file.native()) : refused;
}

Status try_tables_of(const Datasource& datasource, const Registry& registry, const std::filesystem::path& folder) {
    MT_TRY(const auto database, sqlite::Database::in_memory());
    for (const auto& model : registry.models) {
        if (!model->persisted || model->datasource != datasource.name) continue;
        // One by one: a failure is then that of its model.
        if (const auto made = sqlite::migrate(*database, {model.get()}); !made.ok())
            return fits_no_table(*model, made.error(), folder);
    }
    return {};
}

}  // namespace

Status try_tables(const Registry& registry, const std::filesystem::path& folder) {
    for (const auto& datasource : registry.datasources)
        if (datasource.connector.starts_with("sqlite")) MT_CHECK(try_tables_of(datasource, registry, folder));
    return {};
}

}  // namespace mt::app
