#pragma once
#include <string>

#include "tenant-app/model/model.hpp"

namespace mt::app::sql {

/// The type that a property's JSON gives its column, with length, or precision and scale, where that type takes them:
/// `varchar(40)`, `numeric(10,2)`, `timestamp(3) with time zone`. Empty: it says none. `text_with_length` is what a text
/// becomes of which only the length is said.
std::string column_type(const Property& property, std::string_view text_with_length);

/// Whether the type is one of texts, which have a collation.
bool is_text_type(std::string_view type);

}  // namespace mt::app::sql
