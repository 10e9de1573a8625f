#pragma once
#include <vector>

#include "tenant-app/query/filter.hpp"

namespace mt::app {

/// Puts rows into the filter's order as Connector::find() promises it. Rows that are equal in it stay as they came.
void sort_rows(std::vector<const Record*>& rows, const Filter& filter);

}  // namespace mt::app
