#pragma once
#include <string>
#include <string_view>

namespace mt::app {

/// The English plural as LoopBack makes it for REST paths (npm `inflection`): Category → Categories, Person → People.
std::string pluralize(std::string_view word);

/// The first letter in lower case, for keys made of model names: OrderItem → orderItem.
std::string camelize_lower(std::string_view word);

}  // namespace mt::app
