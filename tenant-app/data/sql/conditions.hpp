#pragma once
#include "tenant-app/data/sql/dialect.hpp"
#include "tenant-app/query/filter.hpp"

namespace mt::app::sql {

// Conditions for a database server. Unlike SQLite, where a function of ours decides what SQL cannot (render.hpp), a
// server is told what it can decide exactly as the memory connector would: comparisons of plain values, lists, LIKE,
// related rows. For the rest (regular expressions, lists and paths in JSON, case-insensitive and geographical search,
// undeclared properties) it answers a superset, of which the worker chooses (Residual in connectors/server): one
// meaning everywhere, and no pattern of a client's is run in the server.

/// Whether the server decides this Where alone.
bool is_exact(const Dialect& dialect, const TableOf& table_of, const Table& table, const Where& where);
/// Whether SQL compares and sorts this column as we do.
bool is_plain(const Table& table, std::size_t property);

/// Appends the Where, or a condition that holds wherever it does.
void append_condition(Query& query, const Dialect& dialect, const TableOf& table_of, const Table& table,
                      const Where& where);
/// Appends the sub-query of a `related` Where, which must be exact.
void append_related(Query& query, const Dialect& dialect, const TableOf& table_of, const Table& table,
                    const Where& where);

/// A LIKE pattern of LoopBack's as a server understands it. `anywhere`: without a `%` it is looked for anywhere in the
/// text.
std::string like_pattern(std::string_view pattern, bool anywhere);

}  // namespace mt::app::sql
