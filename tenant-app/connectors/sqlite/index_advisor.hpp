#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "tenant-app/connectors/sqlite/table.hpp"

namespace mt::app::sqlite {

/// Notices which reads look at far more rows than they answer, and names the index that would spare them that
/// (docs/decisions/0010-automatic-indexes.md). Loop thread only; does nothing to the database itself.
class IndexAdvisor {
public:
    struct Index {
        std::string name;
        std::string sql;  ///< CREATE INDEX IF NOT EXISTS …
    };

    /// Indexes that are there already, by name in lower case.
    void knows(const std::set<std::string>& indexes) { existing_.insert(indexes.begin(), indexes.end()); }

    /// One `read` (its SQL up to the order) is done: it stepped over `looked_at` rows, not led by a condition, and answered `answered`.
    /// `sorted`: it was told to sort by itself. Answers an index once what has been looked at in vain is worth it, and that index never again.
    std::optional<Index> note(const Table& table, const Filter& filter, const std::string& read, std::uint64_t looked_at,
                              std::uint64_t answered, bool sorted);

    /// What the names of its indexes begin with.
    static constexpr std::string_view k_prefix = "mtg_auto_";

    /// Whether `read` should sort by itself although an index of ours has its order: where few rows match, walking through the index to
    /// find them took longer than looking at all.
    bool should_sort(const std::string& read);

private:
    struct Tally {
        std::uint64_t in_vain = 0;
        bool advised = false;
    };

    std::set<std::string> existing_;
    std::map<std::string, Tally> tallies_;               ///< by the index that would help
    std::map<std::string, std::uint64_t> rows_;          ///< by table: how many a look at all of them found
    std::map<std::string, unsigned> disappointing_;      ///< by read: how many times more it sorts by itself
};

}  // namespace mt::app::sqlite
