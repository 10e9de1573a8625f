#include "mtm/change_models.hpp"

#include "mtm/check_tenant.hpp"
#include "mtm/copy_tenant.hpp"
#include "mtm/select.hpp"
#include "mtm/server_place.hpp"
#include "mtm/staging.hpp"

namespace mt::mtm {

namespace {

Status change_in(const std::filesystem::path& folder, const std::string& display, const ModelChange& change) {
    MT_TRY(auto models, TenantModels::read(folder, display));
    return change(models);
}

Status try_on_copy(const Session& session, const TenantId& id, const ModelChange& change) {
    const auto folder = session.layout().tenant(id);
    const auto display = session.display(id);
    MT_TRY(const auto staging, Staging::create(session.layout(), id));
    MT_CHECK(copy_tenant(id, folder, display, staging.folder(), false));
    MT_CHECK(change_in(staging.folder(), display, change));
    MT_TRY(const auto warnings, check_tenant(id, staging.folder(), display));
    static_cast<void>(warnings);  // mtm check tells them
    MT_TRY(const auto place, place_of(folder));
    if (!place || place->tenancy == "isolated") return {};
    MT_TRY(const auto made, make_tables(session, id, staging.folder(), false));
    static_cast<void>(made);
    return {};
}

}  // namespace

Status change_models(const Session& session, const TenantId& id, const ModelChange& change) {
    MT_CHECK(require_tenant(session.layout(), id));
    auto status = try_on_copy(session, id, change);
    if (status.ok()) status = change_in(session.layout().tenant(id), session.display(id), change);
    if (status.ok()) return {};
    return Error{status.error()}.of_tenant(id.str());
}

}  // namespace mt::mtm
