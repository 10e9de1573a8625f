#include "mtm/bundle/secrets.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "mtm/edit_json.hpp"

namespace mt::mtm {

namespace {

bool speaks_of_secrets(std::string name) {
    for (char& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    for (const auto* word : {"pass", "secret", "token", "apikey", "api_key", "credential", "privatekey"})
        if (name.find(word) != std::string::npos) return true;
    return name == "pw" || name == "key";
}

/// scheme://user:password@host
bool is_url_with_login(const std::string& text) {
    const auto scheme = text.find("://");
    if (scheme == std::string::npos) return false;
    const auto authority = text.substr(scheme + 3, text.find('/', scheme + 3) - scheme - 3);
    const auto at = authority.find('@');
    return at != std::string::npos && authority.substr(0, at).find(':') != std::string::npos;
}

void empty_secrets(ordered_json& value, const std::string& name, const std::string& pointer,
    std::vector<std::string>& emptied) {
    if (value.is_structured()) {
        for (const auto& [key, member] : value.items()) {
            const auto& inner = value.is_array() ? name : key;
            empty_secrets(member, inner, pointer + "/" + pointer_escape(key), emptied);
        }
        return;
    }
    if (!value.is_string()) return;
    const auto text = value.get<std::string>();
    if (text.empty() || text.find("${") != std::string::npos) return;
    if (!speaks_of_secrets(name) && !is_url_with_login(text)) return;
    value = "";
    emptied.push_back(pointer);
}

}  // namespace

std::string without_secrets(const std::string& text, std::vector<std::string>& emptied) {
    auto root = parse_config(JsonFile{{}, text, {}});
    if (!root.ok() || !root->is_object()) return text;
    const auto before = emptied.size();
    empty_secrets(*root, {}, {}, emptied);
    return emptied.size() == before ? text : pretty(*root);
}

}  // namespace mt::mtm
