#include "base/command_config.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/config_variables.hpp"

namespace mt {

namespace fs = std::filesystem;

namespace {

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

bool is_variable_name(std::string_view name) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    return !name.empty() && letter(name.front()) &&
           std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

/// What the gateway tells the program, and would be a lie from anybody else.
bool is_reserved(std::string_view name) {
    static constexpr std::string_view k_ours[] = {"PORT",       "SOCKET",        "LISTEN_FDS",
                                                  "LISTEN_PID", "NOTIFY_SOCKET", "READY_FD"};
    return name.starts_with("MTG_") || std::find(std::begin(k_ours), std::end(k_ours), name) != std::end(k_ours);
}

bool is_program(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

/// A value that replaced a whole "${NAME}" may be of any type.
std::string as_text(const ordered_json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

}  // namespace

ConfigRead read_command_into(std::vector<std::string>& words) {
    return [&words](const ordered_json& value, const ConfigPlace& at) -> Status {
        if (value.is_null() || value == "") return {};
        if (!value.is_array()) return at.error("must be an array of strings such as [\"node\", \"server.js\"]");
        for (std::size_t i = 0; i < value.size(); ++i) {
            const auto place = at.member(std::to_string(i));
            if (!value[i].is_string()) return place.error("must be a string");
            words.push_back(value[i].get<std::string>());
            if (has_nul(words.back())) return place.error("must not hold a NUL byte");
            if (i == 0 && words.front().empty()) return place.error("must name a program");
        }
        return {};
    };
}

ConfigRead read_environment_into(std::map<std::string, std::string>& environment) {
    return [&environment](const ordered_json& value, const ConfigPlace& at) -> Status {
        if (!value.is_object()) return at.error("must be an object of strings");
        for (const auto& [name, text] : value.items()) {
            const auto place = at.member(name);
            if (!is_variable_name(name)) return place.error("is no name of a variable: letters, digits and _ only");
            if (is_reserved(name)) return place.error("is set by the gateway");
            if (!text.is_string()) return place.error("must be a string");
            environment[name] = text.get<std::string>();
            if (has_nul(environment[name])) return place.error("must not hold a NUL byte");
        }
        return {};
    };
}

Result<ResolvedCommand> resolve_command(const CommandConfig& config, const JsonFile& file,
                                        std::vector<std::string>& warnings) {
    LayeredFile layered{{file}, {{"command", config.words}, {"env", config.environment}}};
    MT_CHECK(replace_variables(layered, file.path.parent_path(), false, warnings));
    ResolvedCommand resolved;
    const auto& words = layered.root["command"];
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto pointer = "/command/" + std::to_string(i);
        if (words[i].is_null())
            return file.error_at(pointer, config.words[i] + " is neither in the environment nor a key of config.json");
        resolved.words.push_back(as_text(words[i]));
        if (has_nul(resolved.words.back())) return file.error_at(pointer, "must not hold a NUL byte");
    }
    for (const auto& [name, value] : layered.root["env"].items()) {
        resolved.environment[name] = as_text(value);
        if (has_nul(resolved.environment[name]))
            return file.error_at("/env/" + pointer_escape(name), "must not hold a NUL byte");
    }
    return resolved;
}

Result<std::string> find_program(const std::string& word, const fs::path& folder, const std::string& search_path) {
    const auto check = [&](const std::string& path) -> Result<std::string> {
        if (!is_program(path)) return Error{Errc::not_found, "there is no program " + path};
        if (::access(path.c_str(), X_OK) == 0) return path;
        return Error{Errc::not_allowed, path + " may not be run"}.hint("chmod +x " + path);
    };
    if (word.find('/') != std::string::npos) return check((folder / word).lexically_normal().native());
    std::optional<Error> barred;
    for (std::size_t begin = 0; begin <= search_path.size();) {
        const auto end = std::min(search_path.find(':', begin), search_path.size());
        // An empty part is the current folder to a shell; here a program is in the folder only if the word says so.
        if (end > begin) {
            auto found = check(search_path.substr(begin, end - begin) + "/" + word);
            if (found.ok()) return found;
            if (found.error().code() == Errc::not_allowed && !barred) barred = std::move(found).error();
        }
        begin = end + 1;
    }
    if (barred) return *std::move(barred);
    return Error{Errc::not_found, "there is no program '" + word + "' in PATH"}.hint(
        "install it, or write its path; a file of the tenant's folder is \"./" + word + "\"");
}

Result<std::vector<std::string>> split_command(std::string_view text) {
    std::vector<std::string> words;
    bool in_word = false;
    char quote = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (!quote && (c == ' ' || c == '\t' || c == '\n')) {
            in_word = false;
            continue;
        }
        if (!std::exchange(in_word, true)) words.emplace_back();
        if (c == quote) quote = 0;
        else if (!quote && (c == '\'' || c == '"')) quote = c;
        else if (c == '\\' && quote != '\'' && i + 1 < text.size()) words.back() += text[++i];
        else words.back() += c;
    }
    if (quote) return Error{Errc::usage, std::string{"the command has an open "} + quote};
    if (words.empty() || words.front().empty()) return Error{Errc::usage, "the command names no program"};
    return words;
}

}  // namespace mt
