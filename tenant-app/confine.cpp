#include "tenant-app/confine.hpp"

#include <cstdlib>

#include "base/layout.hpp"
#include "tenant-app/control_channel.hpp"
#include "tenant-app/sandbox/apply.hpp"

namespace mt::app {

namespace {

Status confine_to(const sandbox::Plan& plan, int control) {
    MT_TRY(const auto findings, sandbox::apply(plan));
    say_line(control, "isolation " + sandbox::findings_text(findings));
    return {};
}

}  // namespace

Status confine(const App& app, const std::filesystem::path& folder, int control) {
    MT_TRY(auto order, sandbox::take_order());
    if (!order) return {};
    // No file is given away before its place is known to be in the tenant's folder.
    MT_CHECK(app.check_datasources());
    const auto plan = sandbox::plan_for_worker(*std::move(order), folder, app.needs(), program_folder());
    // SQLite sorts what is large in a file, and looks for a place in /var/tmp first.
    if (!plan.writable.empty()) ::setenv("SQLITE_TMPDIR", plan.writable.front().c_str(), 1);
    return confine_to(plan, control);
}

Status confine_program(const std::filesystem::path& folder, std::vector<std::filesystem::path> writable, int control) {
    MT_TRY(auto order, sandbox::take_order());
    if (!order) return {};
    ::setenv("TMPDIR", (folder / "tmp").c_str(), 1);
    return confine_to(sandbox::plan_for_program(*std::move(order), folder, std::move(writable)), control);
}

}  // namespace mt::app
