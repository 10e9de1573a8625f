#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_file.hpp"

namespace mt::app {

/// LoopBack's property types. An array property has `array` set and `type` is that of its items.
enum class Type : std::uint8_t { any, string, number, boolean, date, object, geopoint, buffer };

enum class DefaultFn : std::uint8_t { none, now, guid, uuid, nanoid };

struct Property {
    std::string name;
    Type type = Type::any;
    bool array = false;
    bool id = false;         ///< the id; exactly one property of a persisted model
    bool generated = false;  ///< the database makes it
    bool required = false;
    bool injected = false;   ///< not in the model's JSON: the injected id, a relation's foreign key
    bool unique = false;
    bool indexed = false;
    DefaultFn default_fn = DefaultFn::none;
    std::shared_ptr<const json> default_value;  ///< null: none
    std::optional<unsigned> length;
    std::string column;      ///< name in the database; the property's unless mapped
    std::string description;
};

enum class RelationKind : std::uint8_t { has_many, belongs_to, has_one };

struct Model;

/// One entry of "acls": who may, or may not, do what.
struct AccessRule {
    std::vector<std::string> properties;  ///< names of methods; empty: all of them
    std::string access_type = "*";        ///< READ, WRITE, EXECUTE, *
    std::string principal_type, principal_id;
    std::string permission;               ///< ALLOW, DENY, ALARM, AUDIT; empty: none said
};

/// LoopBack's own models that do more than being stored; models based on them do the same.
enum class BuiltIn : std::uint8_t { none, user, access_token, acl, role, role_mapping };

struct Relation {
    std::string name;
    RelationKind kind = RelationKind::has_many;
    std::string target_name;
    const Model* target = nullptr;  ///< set once all models are loaded; the registry owns it
    std::string foreign_key;        ///< a property of the target (has_many, has_one) or of the holder (belongs_to)
    std::string primary_key;        ///< the property it refers to; the id unless the JSON says otherwise
    bool disable_include = false;   ///< include leaves it out without a word
};

/// One model as its JSON and model-config.json describe it. Immutable once the registry is built.
struct Model {
    std::string name;
    std::string plural;      ///< REST path segment, "Customers"
    std::string datasource;
    std::string table;       ///< name in the database; the model's unless mapped
    bool is_public = true;
    bool persisted = true;   ///< false: only embedded in others, or kept nowhere; may lack an id, then id() must not be called
    bool force_id = true;    ///< a client cannot choose a generated id
    bool validate_upsert = true;  ///< false: patch_or_create stores what does not validate
    /// What happens to undeclared properties: stored; dropped; refused (JSON's true, "validate" and "throw" are the same).
    enum class Strict : std::uint8_t { loose, filter, fail, validate } strict = Strict::loose;
    std::vector<Property> properties;  ///< in the order of the JSON; injected ones last
    std::vector<Relation> relations;
    std::size_t id_index = 0;          ///< of the id in `properties`
    std::vector<std::string> hidden;
    /// LoopBack's remoting.sharedMethods, the names as written ("find", "prototype.__get__orders", "*"); later ones win.
    std::vector<std::pair<std::string, bool>> shared_methods;
    std::string description;
    BuiltIn builtin = BuiltIn::none;
    std::vector<AccessRule> acls;        ///< the bases' first
    std::shared_ptr<const json> access;  ///< settings about users, tokens and owners, an object; null: none
    std::shared_ptr<const json> scope;   ///< the default scope, a filter; null: none. Carried, not applied yet
    std::shared_ptr<const json> scopes;  ///< named scopes, an object; null: none. Carried, not applied yet

    /// Index in `properties`, or nothing.
    std::optional<std::size_t> find_property(std::string_view property) const;
    const Relation* find_relation(std::string_view relation) const;
    /// A setting of `access`, or null.
    const json& access_setting(const char* name) const;
    const Property& id() const { return properties[id_index]; }
    bool is_hidden(std::string_view property) const;

    std::map<std::string, std::size_t, std::less<>> index;  ///< name → position; filled by the registry
};

struct Datasource {
    std::string name;
    std::string connector;  ///< "memory", "sqlite3", …
    std::shared_ptr<const ordered_json> settings;
};

/// Everything that a tenant's folder says about its data. Immutable.
struct Registry {
    std::vector<Datasource> datasources;
    std::vector<std::unique_ptr<const Model>> models;  ///< in the order of model-config.json

    const Model* find(std::string_view name) const;
};

}  // namespace mt::app
