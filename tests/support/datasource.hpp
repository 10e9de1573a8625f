#pragma once
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace mt {

/// The connectors that a test runs through: MT_CONNECTORS, or those that need no server.
inline std::vector<std::string> tested_connectors() {
    const char* names = std::getenv("MT_CONNECTORS");
    std::istringstream words{names ? names : "memory sqlite3"};
    std::vector<std::string> out;
    for (std::string name; words >> name;) out.push_back(name);
    return out;
}

/// A datasource as datasources.json has it, with an empty database of its own: a schema or database of the server that MT_SERVER
/// describes (tests/support/{mongodb,mysql,postgresql}.py set it), or whatever the connector makes in the tenant's folder.
inline std::string fresh_datasource(const std::string& connector) {
    static unsigned made = 0;
    const char* server = std::getenv("MT_SERVER");
    auto settings = nlohmann::json::object();
    if (connector == "postgresql" && server) {
        settings = nlohmann::json::parse(server);
        settings["schema"] = "t" + std::to_string(::getpid()) + "_" + std::to_string(++made);
    }
    if ((connector == "mongodb" || connector == "mysql") && server) {
        settings = nlohmann::json::parse(server);
        settings["database"] = "t" + std::to_string(::getpid()) + "_" + std::to_string(++made);
        if (connector == "mysql") settings["createDatabase"] = true;
    }
    settings["connector"] = connector;
    return settings.dump();
}

}  // namespace mt
