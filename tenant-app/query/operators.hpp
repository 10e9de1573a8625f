#pragma once
#include <span>
#include <string_view>

#include "tenant-app/query/filter.hpp"
#include "tenant-app/query/pattern.hpp"

namespace mt::app {

/// What may stand right of an operator.
enum class Operand : std::uint8_t { value, list, pair, like, regexp, near };

/// The one table of operators: how each is read (parse_where), evaluated in memory (evaluate) and said in SQL (data/sql).
struct Operator {
    std::string_view name;
    Op op;
    Operand operand;
    std::string_view sql;  ///< between column and operand where SQL's operator does the same; empty: rendered by hand
    /// Whether a single value (no array; null and undefined are the same) satisfies the condition.
    bool (*test)(const Condition&, const Pattern*, const Value&);
};

/// In the order in which LoopBack looks for them: of `{"gt":20,"lt":40}` only the first counts.
std::span<const Operator> operators();
const Operator& operator_of(Op op);

/// JavaScript's == between a coerced operand and a stored value; objects are equal to nothing.
bool loosely_equal(const Value& a, const Value& b);
/// Order of two stored values: nulls, numbers (and booleans), texts, then the rest by their JSON text.
int compare_values(const Value& a, const Value& b);

}  // namespace mt::app
