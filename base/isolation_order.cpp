#include "base/isolation_order.hpp"

#include <nlohmann/json.hpp>

namespace mt {

std::string isolation_text(const IsolationOrder& order) {
    using nlohmann::json;
    json out{{"off", order.off},         {"why_no_uid", order.why_no_uid}, {"memory", order.memory_bytes},
             {"disk", order.disk_bytes}, {"cpu", order.cpu_percent},       {"pids", order.pids},
             {"files", order.open_files}, {"cgroups", json::array()}};
    if (order.uid) out["uid"] = *order.uid;
    for (const auto& [controller, file, why_not] : order.cgroups)
        out["cgroups"].push_back({{"controller", controller}, {"file", file}, {"why_not", why_not}});
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<IsolationOrder> parse_isolation(const std::string& text) {
    try {
        const auto in = nlohmann::json::parse(text);
        IsolationOrder order;
        order.off = in.at("off").get<bool>();
        if (in.contains("uid")) order.uid = in["uid"].get<uid_t>();
        order.why_no_uid = in.at("why_no_uid").get<std::string>();
        order.memory_bytes = in.at("memory").get<std::uint64_t>();
        order.disk_bytes = in.at("disk").get<std::uint64_t>();
        order.cpu_percent = in.at("cpu").get<std::uint32_t>();
        order.pids = in.at("pids").get<std::uint32_t>();
        order.open_files = in.at("files").get<std::uint32_t>();
        for (const auto& each : in.at("cgroups"))
            order.cgroups.push_back({each.at("controller").get<std::string>(), each.at("file").get<std::string>(),
                                     each.at("why_not").get<std::string>()});
        return order;
    } catch (const nlohmann::json::exception& exception) {
        return Error{Errc::bad_request, std::string{"MTG_SANDBOX cannot be read: "} + exception.what()}.hint(
            "mtg and tenant-app are of different versions: install both from one package, then mtg restart");
    }
}

}  // namespace mt
