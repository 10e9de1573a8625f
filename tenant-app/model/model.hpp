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

struct Model;

/// What a property's JSON says, beside the name, of the column that is to be made for it. Of one that is there already
/// its own type counts.
struct ColumnShape {
    std::string type;  ///< as the database has it, such as "varchar"; empty: the property's decides
    std::optional<unsigned> length, precision, scale;
    bool not_null = false;
};

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
    std::shared_ptr<const ColumnShape> shape;  ///< null: nothing is said
    std::string description;
    const Model* embedded = nullptr;  ///< an embedsOne's or (as a list) embedsMany's property: whose instances it holds
};

enum class RelationKind : std::uint8_t { has_many, has_many_through, belongs_to, has_one, references_many, embeds_one, embeds_many };

/// One entry of "acls": who may, or may not, do what.
struct AccessRule {
    std::vector<std::string> properties;  ///< names of methods; empty: all of them
    std::string access_type = "*";        ///< READ, WRITE, EXECUTE, *
    std::string principal_type, principal_id;
    std::string permission;               ///< ALLOW, DENY, ALARM, AUDIT; empty: none said
};

/// LoopBack's own models that do more than being stored; models based on them do the same.
enum class BuiltIn : std::uint8_t { none, user, access_token, acl, role, role_mapping };

/// A relation of a model, the holder, to its target. hasAndBelongsToMany is a has_many_through whose through model may be made up.
struct Relation {
    std::string name;
    RelationKind kind = RelationKind::has_many;
    std::string target_name;        ///< empty: a polymorphic belongs_to, of which every row names its target
    const Model* target = nullptr;  ///< set once all models are loaded; the registry owns it; null if polymorphic
    /// has_many, has_one: the target's property that names the holder. has_many_through: the through model's. belongs_to: the
    /// holder's that names the target; references_many: the holder's list of ids; embeds_*: the holder's that keeps the instances.
    std::string foreign_key;
    std::string primary_key;        ///< the property it refers to, of the holder or the target; the id unless the JSON says otherwise
    std::string through_name;
    const Model* through = nullptr;
    std::string through_key;        ///< has_many_through: the through model's property that names the target
    std::string discriminator;      ///< polymorphic: the property, beside foreign_key, that holds a model's name
    bool inverted = false;          ///< polymorphic has_many_through: the name is the target's, not the holder's
    std::vector<std::pair<std::string, std::string>> properties;  ///< copied from the holder to what is made through the relation
    std::shared_ptr<const json> scope;  ///< a filter that always counts; null: none
    std::string path;               ///< in REST; the name unless options.http.path says otherwise
    bool disable_include = false;
    bool nest_remoting = false;     ///< the target's relations have routes below this one's: /Books/1/chapters/2/notes
    bool validate = true;           ///< embeds_*: what is embedded must be valid for the holder to be
    bool force_embedded_id = false; ///< embeds_*: a client cannot choose the id of what is embedded
    bool persistent = false;        ///< embeds_*: the database makes the ids, so none is made here
    bool prepend = false;           ///< embeds_many, references_many: new ones come first

    bool to_many() const {
        return kind == RelationKind::has_many || kind == RelationKind::has_many_through || kind == RelationKind::references_many ||
               kind == RelationKind::embeds_many;
    }
    bool embeds() const { return kind == RelationKind::embeds_one || kind == RelationKind::embeds_many; }
    bool polymorphic() const { return !discriminator.empty(); }
    /// The holder keeps the key, not the other side.
    bool keyed_here() const { return kind == RelationKind::belongs_to || kind == RelationKind::references_many; }
};

/// A named scope: a filter with routes of its own, /Memos/published.
struct NamedScope {
    std::string name;
    std::shared_ptr<const json> filter;
};

/// One entry of "indexes".
struct ModelIndex {
    struct Key {
        std::size_t property;  ///< position
        bool descending = false;
    };
    std::string name;
    std::vector<Key> keys;  ///< at least one
    bool unique = false;
};

/// One model as its JSON and model-config.json describe it. Immutable once the registry is built.
struct Model {
    std::string name;
    std::string plural;      ///< REST path segment, "Customers"
    std::string datasource;
    std::string table;       ///< name in the database; the model's unless mapped
    std::string schema;      ///< PostgreSQL: the table's; empty: the data source's
    std::vector<ModelIndex> indexes;  ///< beside those of single properties
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
    std::vector<std::string> protected_properties;  ///< come out of the model's own operations, not when it is included
    std::shared_ptr<const json> scope;  ///< the default scope, a filter; null: none
    std::vector<NamedScope> scopes;

    /// Index in `properties`, or nothing.
    std::optional<std::size_t> find_property(std::string_view property) const;
    const Relation* find_relation(std::string_view relation) const;
    /// A setting of `access`, or null.
    const json& access_setting(const char* name) const;
    const Property& id() const { return properties[id_index]; }
    bool is_hidden(std::string_view property) const;
    bool is_protected(std::string_view property) const;

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
