#include "gateway/ui/mask.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace mt::gateway {

namespace {

constexpr auto k_secret_words = std::to_array<std::string_view>(
    {"pass", "pwd", "secret", "token", "credential", "apikey", "accesskey", "privatekey", "authorization", "cookie",
     "salt", "signature", "dsn", "connectionstring"});
/// Of files in which every text may be a secret: keys of LoopBack's whose values are none.
constexpr auto k_harmless = std::to_array<std::string_view>(
    {"name", "connector", "file", "host", "hostname", "port", "database", "schema", "type", "outbox", "charset",
     "collation", "restapiroot", "limit", "env", "title", "version", "description", "encoding"});

std::string folded(std::string_view key) {
    std::string out;
    for (const char c : key) {
        const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
        if ((lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9')) out += lower;
    }
    return out;
}

bool sounds_secret(std::string_view key) {
    const auto name = folded(key);
    return name == "auth" || name == "key" ||
           std::any_of(k_secret_words.begin(), k_secret_words.end(),
                       [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

bool is_harmless(std::string_view key) {
    return std::find(k_harmless.begin(), k_harmless.end(), folded(key)) != k_harmless.end();
}

/// "${NAME}" or "${file:…}" and nothing else.
bool is_reference(std::string_view text) {
    return text.starts_with("${") && text.ends_with('}') && text.find('}') == text.size() - 1;
}

/// scheme://name:password@host, or an address whose query holds who knows what.
bool may_hold_password(std::string_view text) {
    const auto scheme = text.find("://");
    return scheme != std::string_view::npos && text.find_first_of("@?", scheme) != std::string_view::npos;
}

void mask(ordered_json& value, std::string_view key, ConfigFile file, bool all) {
    if (value.is_object()) {
        for (auto& [name, member] : value.items()) {
            // A model's property may be called password: what the file says about it is no secret.
            const bool below = all || (sounds_secret(name) && (file != ConfigFile::model || !member.is_structured())) ||
                               (file == ConfigFile::tenant && name == "env");
            mask(member, name, file, below);
        }
        return;
    }
    if (value.is_array()) {
        for (auto& item : value) mask(item, key, file, all);
        return;
    }
    if (value.is_null() || value.is_boolean()) return;
    const bool strict = file == ConfigFile::values && value.is_string() && !is_harmless(key);
    const auto* text = value.get_ptr<const std::string*>();
    if (text && is_reference(*text)) return;
    if (all || strict || (text && may_hold_password(*text))) value = k_masked;
}

}  // namespace

void mask_secrets(ordered_json& root, ConfigFile file) { mask(root, "", file, false); }

}  // namespace mt::gateway
