#include "base/server_logins.hpp"

#include <sys/stat.h>

#include <nlohmann/json.hpp>

namespace mt {

namespace {

Status check_mode(const ConfigPlace& at) {
    struct stat info {};
    if (::stat(at.file.path.c_str(), &info) != 0) return errno_error("stat", at.file.path.native());
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) == 0) return {};
    return at.error("holds logins of database servers, but others than its owner may read the file")
        .hint("chmod 600 " + at.file.path.native());
}

Status read_port(const ordered_json& value, const ConfigPlace& at) {
    if (value.is_number_integer() && value > 0 && value < 65536) return {};
    return at.error("must be a number from 1 to 65535");
}

/// What a connector makes of it is checked by the job that logs in.
Status take_any(const ordered_json&, const ConfigPlace&) { return {}; }

Status check_login(const ordered_json& value, const ConfigPlace& at) {
    std::string connector, text;
    MT_CHECK(read_object(value, at,
                         {{"connector", read_word(connector, {"postgresql"})},
                          {"host", read_into(text)},
                          {"socketPath", read_into(text)},
                          {"port", read_port},
                          {"user", read_into(text)},
                          {"password", read_into(text)},
                          {"database", read_into(text)},
                          {"ssl", take_any},
                          {"sslmode", read_into(text)}}));
    for (const auto* key : {"connector", "user", "database"})
        if (!value.contains(key)) return at.error("lacks \"" + std::string{key} + "\"");
    return {};
}

}  // namespace

Status read_server_names(const ordered_json& value, const ConfigPlace& at, std::vector<std::string>& names) {
    if (!value.is_object()) return at.error("must be an object of logins by name");
    if (!value.empty()) MT_CHECK(check_mode(at));
    for (const auto& [name, login] : value.items()) {
        MT_CHECK(check_login(login, at.member(name)));
        names.push_back(name);
    }
    return {};
}

Result<ordered_json> read_server_login(const std::filesystem::path& path, const std::string& name) {
    MT_TRY(const auto file, read_json_file(path));
    MT_TRY(const auto root, parse_config(file));
    std::vector<std::string> names;
    const auto servers = root.is_object() ? root.find("servers") : root.end();
    if (servers != root.end()) MT_CHECK(read_server_names(*servers, ConfigPlace{file, "/servers"}, names));
    if (servers != root.end() && servers->contains(name)) return (*servers)[name];
    std::string known;
    for (const auto& each : names) known += (known.empty() ? "" : ", ") + each;
    return Error{Errc::usage, path.native() + " names no server \"" + name + "\""}.in_file(path.native(), 0, "/servers").hint(
        known.empty() ? "add it under \"servers\": docs/CONFIGURATION.md" : "there are: " + known);
}

}  // namespace mt
