#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tenant-app/query/filter.hpp"

namespace mt::app::sql {

/// What stands for one `?` of a statement.
struct Parameter {
    Value value;                           ///< as it is stored; meaningless if `condition` is set
    const Condition* condition = nullptr;  ///< a condition that mt_test() decides; borrowed
    const Property* property = nullptr;    ///< of the condition; null: an undeclared one, the column is `_extra`
};

/// A statement under construction: text with `?` only, and what they stand for. Names of the model are quoted; nothing that a
/// client sent ever becomes part of the text.
struct Statement {
    std::string text;
    std::vector<Parameter> parameters;
};

/// `name` as an identifier: in double quotes, those inside doubled.
std::string quote(std::string_view name);

/// A value as the column of `property` stores it: a boolean as 0 or 1, an object or list as its JSON text.
Value stored(const Property& property, const Value& value);

/// One plain value per row, which SQL compares as it should be.
bool is_scalar(const Property& property);

/// ` WHERE …`, or nothing for a Where that always holds. `has_extra`: the table has the column `_extra`.
void append_where(Statement& out, const Model& model, const Where& where, bool has_extra);
/// Whether an index may serve the order, or rows are sorted whatever indexes there are.
enum class Ordering : std::uint8_t { any, sorted };
/// ` ORDER BY …`; ends with the id, so that equal rows come in the same order every time.
void append_order(Statement& out, const Model& model, const Filter& filter, Ordering ordering = Ordering::any);
void append_window(Statement& out, const Filter& filter);

/// The column that keeps undeclared properties.
inline constexpr std::string_view k_extra = "_extra";

}  // namespace mt::app::sql
