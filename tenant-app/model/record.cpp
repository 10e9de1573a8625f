#include "tenant-app/model/record.hpp"

namespace mt::app {

Value values_at(const std::vector<Record>& rows, std::size_t position) {
    auto list = json::array();
    for (const auto& row : rows)
        if (const auto& value = row.values[position]; !value.is_null() && !is_undefined(value)) list.push_back(value);
    return list;
}

}  // namespace mt::app
