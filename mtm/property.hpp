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

/// All of them. Fails as above, and with usage when a name comes twice.
Result<std::vector<Property>> parse_properties(const std::vector<std::string>& typed);

}  // namespace mt::mtm
