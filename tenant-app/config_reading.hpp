#pragma once
#include <array>
#include <filesystem>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/layered_file.hpp"
#include "tenant-app/rest/settings.hpp"

namespace mt::app {

/// One configuration file with what reading it needs. Not for use outside tenant-app's config*.cpp and middleware*.cpp.
struct ConfigSource {
    LayeredFile file;
    std::vector<std::string>& warnings;

    const ordered_json& root() const { return file.root; }
    Error error(const std::string& pointer, std::string message) const { return file.error_at(pointer, std::move(message)); }
    void warn(const std::string& pointer, std::string_view message) { warnings.push_back(file.warning(pointer, message)); }
    /// Warns of every member of the object at `pointer` that is not among `known`.
    void warn_of_unknown(const std::string& pointer, const ordered_json& object, std::initializer_list<std::string_view> known) {
        for (const auto& member : object.items()) {
            bool found = false;
            for (const auto name : known) found = found || name == member.key();
            if (!found) warn(pointer + "/" + pointer_escape(member.key()), "unknown key, ignored");
        }
    }
};

/// "/api" of "api", "/api/" and "/api"; empty for "/".
Result<std::string> read_mount(const ConfigSource& source, const std::string& pointer, const ordered_json& value);

/// The member `key` if it is there, else null. `object` need not be one.
const ordered_json* find_member(const ordered_json& object, const char* key);

/// Text that may stand in a header field.
bool is_field_value(std::string_view text);

/// The options of the npm package cors, which stand at `pointer`.
Status read_cors_options(ConfigSource& source, const std::string& pointer, const ordered_json& params, rest::Cors& cors);

/// The fields that one of helmet's middlewares adds to every answer, as whole lines; empty with a warning for what is not known.
/// `name` is "helmet" or "helmet#frameguard" and the like.
std::string helmet_fields(ConfigSource& source, const std::string& pointer, std::string_view name, const ordered_json& params);

/// middleware.json. Fails with invalid_config.
Status read_middleware(ConfigSource& source, rest::Settings& settings);

}  // namespace mt::app
