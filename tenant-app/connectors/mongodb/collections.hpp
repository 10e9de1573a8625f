#pragma once
#include "tenant-app/connectors/mongodb/client.hpp"
#include "tenant-app/connectors/mongodb/table.hpp"

namespace mt::app::mongodb {

/// The collection in which ids are counted: {_id: "Customer", last: 17}.
inline constexpr const char* k_counters = "_mtg_ids";

/// Makes the database fit the models: missing indexes, and counters that are not behind the ids that are there.
/// Collections are made by their first row or index. `counted`: generated ids are numbers, not ObjectIds. Fails as
/// Connector::migrate().
Result<Tables> fit(Client& client, const std::vector<const Model*>& models, bool counted);

/// The next number of a collection, which nobody else gets.
Result<std::int64_t> take_number(Client& client, const std::string& collection);
/// Numbers up to this one are taken.
Status move_counter(Client& client, const std::string& collection, std::int64_t number);

}  // namespace mt::app::mongodb
