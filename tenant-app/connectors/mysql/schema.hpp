#pragma once
#include "tenant-app/connectors/mysql/catalogue.hpp"
#include "tenant-app/connectors/mysql/dialect.hpp"
#include "tenant-app/connectors/server/settings.hpp"

namespace mt::app::mysql {

/// Beside an id that is a text: the number that each row takes, of which an id is made that a client does not choose.
inline constexpr std::string_view k_number = "_number";

/// The table's or view's entry, or null. A server that knows no case has the name in small letters.
const ExistingTable* existing_of(const Model& model, const Catalogue& catalogue);

/// What is missing for the models, as statements, each of which leaves the database whole. Two models on one table:
/// what the second one lacks is missing once the table is there. Fails with invalid_config for a table that does not fit.
Result<std::vector<std::string>> missing_steps(const Catalogue& catalogue, const server::Settings& settings,
                                               const Dialect& dialect, const std::vector<const Model*>& models);

/// The model's table as it is; nothing may be missing.
sql::Table describe(const Model& model, const Catalogue& catalogue, const Dialect& dialect);

}  // namespace mt::app::mysql
