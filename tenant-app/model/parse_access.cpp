#include <algorithm>
#include <array>

#include "tenant-app/model/nearest.hpp"
#include "tenant-app/model/parse_model.hpp"

// LoopBack adds a model's rules to those of its base, and those that model-config.json gives take the place of the ones about the
// same thing. A rule that cannot be understood must not be dropped in silence: it may be the one that denies.
namespace mt::app {

namespace {

constexpr std::array k_access_settings = {
    "ttl", "maxTTL", "caseSensitiveEmail", "emailVerificationRequired", "realmRequired", "realmDelimiter", "resetPasswordTokenTTL",
    "restrictResetPasswordTokenScope", "rejectPasswordChangesViaPatchOrReplace", "allowEternalTokens", "defaultPermission",
    "aclErrorStatus", "ownerRelations", "verifyOptions",
};

Status read_text(const JsonFile& file, const std::string& pointer, const ordered_json& entry, const char* key, std::string& out) {
    const auto it = entry.find(key);
    if (it == entry.end() || it->is_null()) return {};
    if (it->is_number_integer()) out = it->dump();  // a user's id
    else if (it->is_string()) out = it->get<std::string>();
    else return file.error_at(pointer + "/" + key, std::string{"\""} + key + "\" is a text");
    return {};
}

Status check_word(const JsonFile& file, const std::string& pointer, const std::string& word, const std::vector<std::string>& known) {
    if (word.empty() || std::find(known.begin(), known.end(), word) != known.end()) return {};
    return file.error_at(pointer, "\"" + word + "\" is not known here").hint(known_hint(word, known));
}

Result<AccessRule> parse_rule(const JsonFile& file, const std::string& pointer, const ordered_json& entry) {
    if (!entry.is_object()) return file.error_at(pointer, "an entry of \"acls\" is an object");
    AccessRule rule;
    MT_CHECK(read_text(file, pointer, entry, "accessType", rule.access_type));
    MT_CHECK(read_text(file, pointer, entry, "principalType", rule.principal_type));
    MT_CHECK(read_text(file, pointer, entry, "principalId", rule.principal_id));
    MT_CHECK(read_text(file, pointer, entry, "permission", rule.permission));
    if (rule.access_type.empty()) rule.access_type = "*";
    MT_CHECK(check_word(file, pointer + "/permission", rule.permission, {"ALLOW", "DENY", "ALARM", "AUDIT", "DEFAULT"}));
    MT_CHECK(check_word(file, pointer + "/accessType", rule.access_type, {"READ", "WRITE", "EXECUTE", "REPLICATE", "*"}));
    const auto property = entry.find("property");
    if (property == entry.end() || property->is_null()) return rule;
    if (property->is_string()) {
        const auto text = property->get<std::string>();
        if (!text.empty() && text != "*") rule.properties.push_back(text);
        return rule;
    }
    if (!property->is_array()) return file.error_at(pointer + "/property", "\"property\" is the name of a method, or a list of them");
    for (const auto& name : *property) {
        if (!name.is_string()) return file.error_at(pointer + "/property", "\"property\" is the name of a method, or a list of them");
        rule.properties.push_back(name.get<std::string>());
    }
    if (rule.properties.empty()) rule.properties.emplace_back();  // an empty list names nothing, not everything
    return rule;
}

Status add_rules(const JsonFile& file, const ordered_json& holder, const std::string& pointer, bool replacing, Model& model) {
    const auto acls = holder.find("acls");
    if (acls == holder.end() || acls->is_null()) return {};
    if (!acls->is_array()) return file.error_at(pointer + "/acls", "\"acls\" is a list");
    std::size_t number = 0;
    for (const auto& entry : *acls) {
        MT_TRY(auto rule, parse_rule(file, pointer + "/acls/" + std::to_string(number++), entry));
        const auto same = std::find_if(model.acls.begin(), model.acls.end(), [&](const AccessRule& other) {
            return replacing && other.properties == rule.properties && other.access_type == rule.access_type &&
                   other.principal_type == rule.principal_type && other.principal_id == rule.principal_id;
        });
        if (same != model.acls.end()) *same = std::move(rule);
        else model.acls.push_back(std::move(rule));
    }
    return {};
}

BuiltIn builtin_of(const std::vector<const ModelSource*>& line) {
    for (const auto* source : line) {
        const auto name = source->root.value("name", std::string{});
        if (name == "User") return BuiltIn::user;
        if (name == "AccessToken") return BuiltIn::access_token;
        if (name == "ACL") return BuiltIn::acl;
        if (name == "Role") return BuiltIn::role;
        if (name == "RoleMapping") return BuiltIn::role_mapping;
    }
    return BuiltIn::none;
}

void read_settings(const ordered_json& holder, json& settings) {
    for (const char* key : k_access_settings) {
        if (const auto it = holder.find(key); it != holder.end()) settings[key] = json(*it);
    }
}

}  // namespace

Status parse_access(const std::vector<const ModelSource*>& line, const JsonFile& config_file, const ordered_json& config,
                    Model& model) {
    model.builtin = builtin_of(line);
    json settings = json::object();
    for (auto source = line.rbegin(); source != line.rend(); ++source) {
        const auto& root = (*source)->root;
        const auto options = root.find("options");
        if (options != root.end() && options->is_object()) {
            MT_CHECK(add_rules((*source)->file, *options, "/options", false, model));
            read_settings(*options, settings);
        }
        MT_CHECK(add_rules((*source)->file, root, "", false, model));
        read_settings(root, settings);
    }
    const auto pointer = "/" + pointer_escape(model.name);
    MT_CHECK(add_rules(config_file, config, pointer, true, model));
    if (const auto options = config.find("options"); options != config.end() && options->is_object()) {
        MT_CHECK(add_rules(config_file, *options, pointer + "/options", true, model));
        read_settings(*options, settings);
    }
    if (!settings.empty()) model.access = std::make_shared<const json>(std::move(settings));
    return {};
}

}  // namespace mt::app
