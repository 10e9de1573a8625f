#include "tenant-app/mail/outbox_folder.hpp"

#include <nlohmann/json.hpp>

namespace mt::app {

Result<std::filesystem::path> outbox_folder(const std::filesystem::path& folder, const ordered_json& datasource) {
    const auto found = datasource.find("outbox");
    if (found == datasource.end()) return folder / "outbox";
    const auto path = std::filesystem::path{found->is_string() ? found->get<std::string>() : ""}.lexically_normal();
    if (path.empty() || path == "." || path.is_absolute() || path.native().starts_with(".."))
        return Error{Errc::invalid_config, "\"outbox\" is a folder in the tenant's own folder"}.in_file({}, 0,
                                                                                                        "/outbox");
    return folder / path;
}

}  // namespace mt::app
