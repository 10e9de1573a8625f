#pragma once
#include "tenant-app/connectors/server/residual.hpp"
#include "tenant-app/data/sql/conditions.hpp"

namespace mt::app::server {

/// The statements that all servers understand, but for what the dialect says. Pure.
struct Statements {
    const sql::Dialect& dialect;
    const sql::TableOf& table_of;

    /// Rows in the filter's order; every condition and order in it must be exact.
    sql::Query select(const sql::Table& table, const Filter& filter) const;
    /// One piece of a walk through the rows by their ids: those behind `after` that may satisfy the Where, each with
    /// columns that say whether it has the `related` rows. `locked`: until the transaction's end.
    sql::Query piece(const sql::Table& table, const Where& where, const Residual& residual, const Value& after,
                     bool locked) const;
    sql::Query count(const sql::Table& table, const Where& where) const;
    /// UPDATE … SET without a condition; no text if there is nothing to set. `all`: what is absent becomes NULL.
    sql::Query update(const sql::Table& table, const Record& changes, bool all) const;
    sql::Query destroy(const sql::Table& table) const;
    void add_where(sql::Query& query, const sql::Table& table, const Where& where) const;
    void add_ids(sql::Query& query, const sql::Table& table, std::span<const Value> ids) const;

    /// A row of select() or piece().
    Record record_of(const sql::Table& table, std::span<const std::optional<std::string_view>> cells) const;
};

/// Rows of one piece.
inline constexpr std::size_t k_piece_rows = 1000;

}  // namespace mt::app::server
