#pragma once
#include <string>
#include <string_view>

namespace mt::app::server {

/// `table_column` and a suffix as the name of an index or sequence, in `bytes_max` at most: of a longer one the
/// beginning and a number of the whole, so that two of them stay apart.
std::string joined_name(const std::string& table, const std::string& column, std::string_view suffix,
                        std::size_t bytes_max);

}  // namespace mt::app::server
