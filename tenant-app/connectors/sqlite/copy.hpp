#pragma once
#include <filesystem>

#include "base/result.hpp"

namespace mt::app::sqlite {

/// Copies a database that others may be writing to: what `to` holds is one committed state of it, checked and synced.
/// `to` must not exist; its folder is made. `from` is opened for reading only. Fails with invalid_config (no database,
/// damaged), conflict (`to` exists), unavailable (locked for 30 s), failed; nothing is left at `to` then.
Status copy_database(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace mt::app::sqlite
