#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/json_file.hpp"
#include "base/schema_seen.hpp"
#include "mtm/command.hpp"

namespace mt::mtm {

/// How far a tenant's schema is, by what its worker or a job has left in its folder; no process is started.
struct SchemaState {
    /// current, pending, unknown (nobody has looked since something was changed), or none: a program of the user's or
    /// another server serves it
    std::string state;
    std::string revision;  ///< the last migration that was applied, without its ending; "0": none
    std::optional<SchemaSeen> seen;
};

SchemaState schema_state(const Layout& layout, const TenantId& id);

/// `revision` alone, of a tenant whose database somebody has seen: for tables. Empty otherwise.
std::string schema_revision(const Layout& layout, const TenantId& id);

/// {"id","state","revision","applied","pending"}; the last two are null where they are not known.
json schema_row(const TenantId& id, const SchemaState& state);

}  // namespace mt::mtm
