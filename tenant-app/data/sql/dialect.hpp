#pragma once
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "tenant-app/data/sql/table.hpp"
#include "tenant-app/model/record.hpp"

namespace mt::app::sql {

/// How one database server says what all of them can. Values travel as text in both directions. Stateless; any thread.
class Dialect {
public:
    virtual ~Dialect() = default;

    virtual std::string quote(std::string_view name) const = 0;

    /// The value as a column of this kind takes it; nothing is NULL.
    virtual std::optional<std::string> encode(const Property& property, Kind kind, const Value& value) const = 0;
    /// Whether a column of this kind can hold a text at all: one that it cannot is equal to none in it.
    virtual bool can_hold(Kind kind, std::string_view text) const = 0;
    /// What a column that is not NULL holds, as the property's value.
    virtual Value decode(const Property& property, Kind kind, std::string_view text) const = 0;

    /// Adds a parameter that is stored in a column, or compared with one: an operand's type does not depend on the
    /// column's.
    virtual void store(Query& query, std::optional<std::string> text) const = 0;
    virtual void operand(Query& query, Kind kind, const Value& value, std::string text) const = 0;

    /// ` = any of these`, or ` <> all of these`; at least one.
    virtual void among(Query& query, Kind kind, std::span<const Value> values, std::vector<std::string> texts,
                       bool negated) const = 0;
    /// A list with more values is decided in the worker.
    virtual std::size_t list_max() const { return std::numeric_limits<std::size_t>::max(); }
    /// `column` as it is compared and sorted: texts by their bytes.
    virtual std::string ordered(const Column& column) const = 0;
    /// What follows a column in ORDER BY, so that nulls come first, or last if descending.
    virtual std::string_view direction(bool descending) const = 0;
    /// ` LIMIT …`; nothing is no limit.
    virtual void window(Query& query, std::optional<std::uint64_t> limit, std::uint64_t skip) const = 0;
    /// Whether the JSON list in the column `list` has the value of the column `element` among its items; false for
    /// NULL or no list.
    virtual std::string holds(const std::string& list, const Column& element) const = 0;
    /// Whether the server can put members into a JSON object; else merge() stores the object, which the worker has merged.
    virtual bool merges() const { return true; }
    /// An expression: `column`, a JSON object or NULL, with the members of the object in the next parameter over it.
    virtual void merge(Query& query, const std::string& column, std::string object) const = 0;
};

}  // namespace mt::app::sql
