#include "tenant-app/data/sort_rows.hpp"

#include <algorithm>
#include <limits>

#include "tenant-app/query/evaluate.hpp"

namespace mt::app {

namespace {

/// What is no place is farther than anything.
double metres_from(Point from, const Value& value) {
    const auto place = point_of(value);
    return place ? distance(*place, from) : std::numeric_limits<double>::max();
}

int compare(const Order& order, const Value& a, const Value& b) {
    if (!order.from) return compare_values(a, b);
    const double x = metres_from(*order.from, a), y = metres_from(*order.from, b);
    return x < y ? -1 : x > y ? 1 : 0;
}

}  // namespace

void sort_rows(std::vector<const Record*>& rows, const Filter& filter) {
    if (filter.order.empty()) return;
    std::stable_sort(rows.begin(), rows.end(), [&](const Record* a, const Record* b) {
        for (const auto& order : filter.order) {
            const int c = compare(order, value_at(a->values[order.property], order.path),
                                  value_at(b->values[order.property], order.path));
            if (c != 0) return order.descending ? c > 0 : c < 0;
        }
        return false;
    });
}

}  // namespace mt::app
