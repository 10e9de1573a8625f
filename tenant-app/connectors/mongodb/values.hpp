#pragma once
#include "tenant-app/connectors/mongodb/table.hpp"

namespace mt::app::mongodb {

/// The value of a property as the database keeps it: dates, binary and ObjectIds by their types.
void append_stored(Document& out, const Table& table, std::size_t position, std::string_view name, const Value& value);
/// What a property's value may be in the database, as items of a list: a text that can be an ObjectId may be one.
void append_forms(Document& items, const Table& table, std::size_t position, const Value& value);

/// A row without what is absent or null. Fails with bad_request for what cannot be stored.
Result<Document> row_of(const Library& library, const Table& table, const Record& record, bool with_id);
/// $set and $unset of what is present in `changes`; empty if nothing is. Fails as row_of().
Result<Document> changes_of(const Library& library, const Table& table, const Record& changes);
Record record_of(const Library& library, const Table& table, Row row);

}  // namespace mt::app::mongodb
