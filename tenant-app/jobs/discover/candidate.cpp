#include "tenant-app/jobs/discover/candidate.hpp"

#include <algorithm>

namespace mt::app {

bool alike(std::string_view a, std::string_view b) {
    const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return small(x) == small(y); });
}

void Candidate::leave(State as, std::string why) {
    state = as;
    reason = std::move(why);
}

bool Candidate::is_id(std::string_view column) const {
    return std::find(id_columns.begin(), id_columns.end(), column) != id_columns.end();
}

std::string Candidate::property_of(std::string_view column) const {
    if (existing) {
        for (const auto& property : existing->properties)
            if (alike(property.column, column)) return property.name;
        return {};
    }
    for (const auto& property : properties)
        if (property.column->name == column) return property.name;
    return {};
}

bool Candidate::refers_to_id(std::string_view column) const {
    return existing ? alike(existing->id().column, column) : !has_composite_id() && is_id(column);
}

}  // namespace mt::app
