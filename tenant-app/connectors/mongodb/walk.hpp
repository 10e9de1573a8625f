#pragma once
#include "tenant-app/connectors/mongodb/client.hpp"
#include "tenant-app/connectors/mongodb/table.hpp"
#include "tenant-app/query/evaluate.hpp"

namespace mt::app::mongodb {

/// Visits the rows that satisfy the Where, by their ids, until `visit` says false. They come in batches: what is kept
/// of them is the caller's affair.
Status walk(Client& client, const Table& table, const Where& where, const std::function<bool(Record&&)>& visit);

}  // namespace mt::app::mongodb
