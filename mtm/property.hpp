#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace mt::mtm {

/// One property as it is typed: `name:string!`, `tags:string[]`, `note` (a string).
struct Property {
    std::string name;
    std::string type = "string";  ///< one of property_types()
    bool array = false;
    bool required = false;
};

/// LoopBack's types, as they are typed and as they stand in a model's file.
const std::vector<std::string>& property_types();

/// Fails with invalid_name (the name) or usage (the type).
Result<Property> parse_property(std::string_view typed);

/// One relation as it is typed: `orders:hasMany:Order`, `customer:belongsTo:Customer:ownerId` with a foreign key of its own.
struct Relation {
    std::string name;
    std::string type;  ///< one of relation_types()
    std::string model;
    std::string foreign_key;  ///< empty: LoopBack's default
};

/// The relations that can be typed. Everything else LoopBack has is written in the model's file.
const std::vector<std::string>& relation_types();

/// What a command says a model consists of.
struct Members {
    std::vector<Property> properties;
    std::vector<Relation> relations;
};

/// Properties and relations, in any order. Fails as above, and with usage when a name comes twice.
Result<Members> parse_members(const std::vector<std::string>& typed);

}  // namespace mt::mtm
