#include "tenant-app/model/builtin_models.hpp"

namespace mt::app {

namespace {

constexpr std::string_view k_user = R"json({
  "name": "User", "base": "PersistedModel", "hidden": ["password", "verificationToken"],
  "properties": {
    "realm": {"type": "string"},
    "username": {"type": "string"},
    "password": {"type": "string", "required": true},
    "email": {"type": "string", "required": true},
    "emailVerified": "boolean",
    "verificationToken": "string"
  },
  "options": {"caseSensitiveEmail": true},
  "acls": [
    {"principalType": "ROLE", "principalId": "$everyone", "permission": "DENY"},
    {"principalType": "ROLE", "principalId": "$everyone", "permission": "ALLOW", "property": "create"},
    {"principalType": "ROLE", "principalId": "$owner", "permission": "ALLOW", "property": "deleteById"},
    {"principalType": "ROLE", "principalId": "$everyone", "permission": "ALLOW", "property": "login"},
    {"principalType": "ROLE", "principalId": "$everyone", "permission": "ALLOW", "property": "logout"},
    {"principalType": "ROLE", "principalId": "$owner", "permission": "ALLOW", "property": "findById"},
    {"principalType": "ROLE", "principalId": "$owner", "permission": "ALLOW", "property": "patchAttributes"},
    {"principalType": "ROLE", "principalId": "$owner", "permission": "ALLOW", "property": "replaceById"},
    {"principalType": "ROLE", "principalId": "$everyone", "permission": "ALLOW", "property": "verify", "accessType": "EXECUTE"},
    {"principalType": "ROLE", "principalId": "$everyone", "permission": "ALLOW", "property": "confirm"},
    {"principalType": "ROLE", "principalId": "$everyone", "permission": "ALLOW", "property": "resetPassword", "accessType": "EXECUTE"},
    {"principalType": "ROLE", "principalId": "$authenticated", "permission": "ALLOW", "property": "changePassword", "accessType": "EXECUTE"},
    {"principalType": "ROLE", "principalId": "$authenticated", "permission": "ALLOW", "property": "setPassword", "accessType": "EXECUTE"}
  ],
  "relations": {"accessTokens": {"type": "hasMany", "model": "AccessToken", "foreignKey": "userId", "options": {"disableInclude": true}}}
})json";

constexpr std::string_view k_access_token = R"json({
  "name": "AccessToken", "base": "PersistedModel", "idInjection": false,
  "properties": {
    "id": {"type": "string", "id": true},
    "ttl": {"type": "number", "default": 1209600, "description": "time to live in seconds (2 weeks by default)"},
    "scopes": {"type": ["string"], "description": "Array of scopes granted to this access token."},
    "created": {"type": "date", "defaultFn": "now"}
  },
  "relations": {"user": {"type": "belongsTo", "model": "User", "foreignKey": "userId"}}
})json";

constexpr std::string_view k_acl = R"json({
  "name": "ACL", "base": "PersistedModel",
  "properties": {
    "model": {"type": "string", "description": "The name of the model"},
    "property": {"type": "string", "description": "The name of the property, method, scope, or relation"},
    "accessType": "string", "permission": "string", "principalType": "string", "principalId": "string"
  }
})json";

constexpr std::string_view k_role = R"json({
  "name": "Role", "base": "PersistedModel",
  "properties": {
    "id": {"type": "number", "id": true, "generated": true},
    "name": {"type": "string", "required": true},
    "description": "string",
    "created": {"type": "date", "defaultFn": "now"},
    "modified": {"type": "date", "defaultFn": "now"}
  },
  "relations": {"principals": {"type": "hasMany", "model": "RoleMapping", "foreignKey": "roleId"}}
})json";

constexpr std::string_view k_role_mapping = R"json({
  "name": "RoleMapping", "base": "PersistedModel", "description": "Map principals to roles",
  "properties": {
    "id": {"type": "number", "id": true, "generated": true},
    "principalType": {"type": "string", "description": "The principal type, such as USER, APPLICATION, ROLE"},
    "principalId": {"type": "string", "index": true}
  },
  "relations": {"role": {"type": "belongsTo", "model": "Role", "foreignKey": "roleId"}}
})json";

constexpr std::string_view k_email = R"json({
  "name": "Email", "base": "Model",
  "properties": {
    "to": {"type": "string", "required": true}, "from": {"type": "string", "required": true},
    "subject": {"type": "string", "required": true}, "text": "string", "html": "string"
  }
})json";

struct BuiltInModel {
    std::string_view name, text;
};
constexpr BuiltInModel k_models[] = {{"User", k_user}, {"AccessToken", k_access_token}, {"ACL", k_acl},
                                     {"Role", k_role}, {"RoleMapping", k_role_mapping}, {"Email", k_email}};

}  // namespace

std::string_view builtin_model(std::string_view name) {
    for (const auto& model : k_models)
        if (model.name == name) return model.text;
    return {};
}

std::vector<std::string_view> builtin_model_names() {
    std::vector<std::string_view> names;
    for (const auto& model : k_models) names.push_back(model.name);
    return names;
}

}  // namespace mt::app
