// The verbs that show the configuration. They need no gateway.
#include <nlohmann/json.hpp>

#include "base/cli/table.hpp"
#include "base/settings.hpp"
#include "mtg/verbs.hpp"

namespace mt::mtg {

int show_config(const Context& context) {
    const auto& settings = context.settings;
    json data{{"file", settings.config_file.empty() ? json() : json(settings.config_file.native())}, {"settings", json::array()}};
    auto& rows = data["settings"];
    rows.push_back({{"key", "tenants"}, {"value", settings.layout.tenants().native()}, {"source", settings.tenants_source}});
    rows.push_back({{"key", "socket"}, {"value", settings.layout.control_socket().native()}, {"source", settings.socket_source}});
    for (auto& row : gateway_settings(settings.config)) rows.push_back(std::move(row));
    return context.output.result(data, [&](const json& all) {
        return cli::render_table(all["settings"], {{"KEY", "key"}, {"VALUE", "value"}, {"SOURCE", "source"}}, context.output.colour());
    });
}

int show_schema(const Context& context) {
    return context.output.result(settings_schema(), [&](const json& rows) {
        return cli::render_table(rows, {{"KEY", "key"}, {"IN", "in"}, {"DEFAULT", "default"}, {"MEANING", "meaning"}},
                                 context.output.colour(), context.output.width());
    });
}

}  // namespace mt::mtg
