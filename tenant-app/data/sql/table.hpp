#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tenant-app/model/model.hpp"

namespace mt::app::sql {

/// What a database server's column holds, whatever its exact type.
enum class Kind : std::uint8_t { text, number, boolean, time, json, uuid, other };

struct Column {
    std::string name;  ///< quoted
    Kind kind = Kind::text;
    bool by_bytes = true;  ///< of texts: the server compares and sorts them so by itself
};

/// The column that tells tenants' rows apart in a table that they share.
inline constexpr std::string_view k_tenant = "_tenant";

/// A model's table as it is in a database server. Immutable once the datasource is open.
struct Table {
    const Model* model = nullptr;
    std::string name;                           ///< quoted, with its schema
    std::vector<Column> columns;                ///< by property position
    bool has_extra = false;                     ///< the column `_extra` keeps undeclared properties
    bool chooses_id = false;                    ///< a row without an id gets one
    /// what counts the ids, as the server's functions take it; empty: something else
    std::string sequence;
    std::map<std::string, std::size_t> unique;  ///< a constraint's or index's name → the property that it is about

    std::string tenant;  ///< of a table that tenants share: what this one's rows have in k_tenant, quoted
    bool counts_by_itself = true;  ///< the id's column has the next number of `sequence` as its default

    const Column& id() const { return columns[model->id_index]; }
};

/// The table of a model of this datasource.
using TableOf = std::function<const Table&(const Model&)>;

/// A statement for a server: text with the dialect's placeholders, and what stands for them, as text; nothing is NULL.
struct Query {
    std::string text;
    std::vector<std::optional<std::string>> parameters;
};

}  // namespace mt::app::sql
