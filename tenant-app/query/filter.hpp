#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tenant-app/model/record.hpp"
#include "tenant-app/query/geo.hpp"

namespace mt::app {

enum class Op : std::uint8_t { eq, neq, gt, gte, lt, lte, between, inq, nin, like, nlike, ilike, nilike, regexp, near, exists };

/// A condition on one property; the operand is coerced to the property's type already.
struct Condition {
    std::size_t property = 0;        ///< position in Model::properties
    std::vector<std::string> path;   ///< below an object property: {"geo", "lat"} of address.geo.lat
    std::string extra_key;           ///< not empty: a property the model does not declare, looked up in Record::extra
    Op op = Op::eq;
    Value operand;                   ///< an array for between, inq and nin; the pattern for like and regexp; of near see geo.hpp
    std::string flags;               ///< of regexp
};

/// A tree of conditions: `all` of and, any of or, none of nor. `related` holds if a row that `relation` leads to satisfies its one
/// child, which speaks of the target's properties; the repository resolves it where a connector cannot.
struct Where {
    enum class Kind : std::uint8_t { condition, all, any, none, related } kind = Kind::all;
    Condition condition;
    std::vector<Where> children;
    const Relation* relation = nullptr;

    bool always() const { return kind == Kind::all && children.empty(); }
    bool never() const { return kind == Kind::any && children.empty(); }
    bool has_related() const;
    static Where nothing() { return Where{Kind::any, {}, {}, nullptr}; }
    /// Both: the other's conditions beside ours.
    static Where both(Where left, Where right);
    /// property = value; null matches absent ones too.
    static Where equals(std::size_t property, Value value);
    /// property IN list; a list at `property` is asked for its items.
    static Where among(std::size_t property, Value list);
};

struct Order {
    std::size_t property = 0;
    std::vector<std::string> path;
    bool descending = false;
    std::optional<Point> from;       ///< by the distance from here, nearest first; what is no point comes last
};

struct Include;

/// LoopBack's filter, checked against a model: nothing in it is a string that could reach SQL.
struct Filter {
    Where where;
    std::vector<Order> order;               ///< empty: by id
    std::optional<std::uint64_t> limit;     ///< nothing: no limit
    std::uint64_t skip = 0;
    std::optional<std::vector<bool>> fields;  ///< by property position; nothing: all
    bool extra_fields = true;               ///< whether undeclared properties come out
    std::vector<std::string> extra_names;   ///< those that do although `extra_fields` is false
    std::vector<Include> include;
};

struct Include {
    const Relation* relation = nullptr;
    Filter scope;
    /// Of a polymorphic belongs_to: the scope as it came, checked against each target once it is known.
    std::shared_ptr<const json> raw;
};

}  // namespace mt::app
