#pragma once
#include <string>

#include "tenant-app/model/record.hpp"

namespace mt::app {

/// A value as LoopBack's validation messages show it: texts quoted, lists and objects as Node's util.inspect prints them (one level
/// deep), everything shortened to 32 characters of which the last ones are kept.
std::string shown_value(const Value& value);

}  // namespace mt::app
