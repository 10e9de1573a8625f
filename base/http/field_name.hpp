#pragma once
#include <string_view>

#include "base/http/head.hpp"

namespace mt::http {

/// Which of our fields a name is: by its length first, then by its letters. `underscored` is told by the scanner.
FieldName identify(std::string_view name);

}  // namespace mt::http
