#include "mtm/schema_state.hpp"

#include <nlohmann/json.hpp>

#include "mtm/tenant_file.hpp"

namespace mt::mtm {

namespace {

std::string revision_of(const SchemaSeen& seen) {
    return seen.applied.empty() ? "0" : std::filesystem::path{seen.applied.back()}.stem().native();
}

}  // namespace

SchemaState schema_state(const Layout& layout, const TenantId& id) {
    const auto folder = layout.tenant(id);
    SchemaState state{"unknown", {}, read_schema_seen(folder)};
    if (!state.seen) {
        const auto config = tenant_config(layout, id);
        if (config.ok() && (config->is_command() || config->upstream)) state.state = "none";
        return state;
    }
    state.revision = revision_of(*state.seen);
    if (still_so(*state.seen, folder)) state.state = state.seen->pending == 0 ? "current" : "pending";
    return state;
}

std::string schema_revision(const Layout& layout, const TenantId& id) {
    const auto seen = read_schema_seen(layout.tenant(id));
    return seen ? revision_of(*seen) : std::string{};
}

json schema_row(const TenantId& id, const SchemaState& state) {
    json row{{"id", id.str()}, {"state", state.state}, {"revision", nullptr}, {"applied", nullptr},
             {"pending", nullptr}};
    if (!state.seen) return row;
    row["revision"] = state.revision;
    row["applied"] = state.seen->applied.size();
    if (state.state != "unknown") row["pending"] = state.seen->pending;
    return row;
}

}  // namespace mt::mtm
