#include "tenant-app/model/nearest.hpp"

#include <algorithm>
#include <cctype>

namespace mt::app {

namespace {

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t up = row[j];
            row[j] = std::min({up + 1, row[j - 1] + 1, diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1)});
            diagonal = up;
        }
    }
    return row.back();
}

}  // namespace

std::string nearest(std::string_view typed, const std::vector<std::string>& known) {
    // Names beyond this length are no typing error, and the table is quadratic.
    if (typed.size() > 64) return {};
    std::size_t best = std::max<std::size_t>(1, typed.size() / 3) + 1;
    std::string found;
    for (const auto& name : known) {
        if (name.size() > 64) continue;
        if (const auto d = distance(typed, name); d < best) best = d, found = name;
    }
    return found;
}

std::string known_hint(std::string_view typed, const std::vector<std::string>& known) {
    std::string text;
    if (const auto near = nearest(typed, known); !near.empty()) text = "did you mean \"" + near + "\"? ";
    text += "Known: ";
    for (std::size_t i = 0; i < known.size() && i < 40; ++i) text += (i ? ", " : "") + known[i];
    if (known.empty()) text += "none";
    return text;
}

}  // namespace mt::app
