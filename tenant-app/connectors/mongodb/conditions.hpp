#pragma once
#include "tenant-app/connectors/mongodb/table.hpp"
#include "tenant-app/query/filter.hpp"

namespace mt::app::mongodb {

// The server is told what it decides exactly as the memory connector would: comparisons of plain values and lists of
// them. For the rest (patterns, paths, lists, undeclared properties) it answers a superset, of which the worker chooses
// by Matcher: one meaning everywhere, and no pattern or structure of a client's is part of a query.

/// Whether the server decides this Where alone. `related` never comes here: the repository resolves it.
bool is_exact(const Table& table, const Where& where);
/// Whether the server sorts by this property as we do.
bool sorts(const Table& table, const Order& order);
/// The Where, or a condition that holds wherever it does.
Document condition_of(const Library& library, const Table& table, const Where& where);

}  // namespace mt::app::mongodb
