#include "base/nearest.hpp"

#include <algorithm>

namespace mt {

namespace {

/// Insertions, deletions, substitutions and swaps of neighbours that lead from one text to the other.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i)
        for (std::size_t j = 1; j <= b.size(); ++j) {
            cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    return cost[a.size()][b.size()];
}

}  // namespace

std::string nearest(std::string_view typed, const std::vector<std::string>& names) {
    constexpr std::size_t bytes_max = 64;  // ids and keys are shorter; keeps the table small whatever was typed
    if (typed.empty() || typed.size() > bytes_max) return {};
    std::string best;
    std::size_t best_distance = std::max<std::size_t>(1, typed.size() / 3) + 1;
    for (const auto& name : names) {
        if (name.size() > bytes_max || name.size() > typed.size() + best_distance) continue;
        if (const auto found = distance(typed, name); found < best_distance) {
            best_distance = found;
            best = name;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& names) {
    const auto name = nearest(typed, names);
    return name.empty() ? std::string{} : "did you mean '" + name + "'?";
}

}  // namespace mt
