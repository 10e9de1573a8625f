#include <nlohmann/json.hpp>

#include "base/control/client.hpp"
#include "mtg/verbs.hpp"

namespace mt::mtg {

int page_link(const Context& context) {
    const auto link = call(context.settings.layout.control_socket(), "POST", "/ui", {}, context.timeout);
    if (!link.ok()) return context.output.failure(link.error());
    return context.output.result(*link, [](const json& data) { return data["url"].get<std::string>() + "\n"; });
}

}  // namespace mt::mtg
