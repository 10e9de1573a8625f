#pragma once
#include <cstdio>
#include <filesystem>

#include "base/result.hpp"

namespace mt::app::sqlite {

/// Writes a copy of the database `file`, which may be in use, to `out`: as it is at one moment, checked, without its
/// journal. It is put together in a file beside the database that loses its name before it is sent; mtm doctor clears
/// away that of a killed process. Nothing is written, and nothing fails, where there is no database yet. Fails with
/// invalid_config (no database, or a damaged one), unavailable (locked for 30 s), failed.
Status copy_out(const std::filesystem::path& file, std::FILE* out);

}  // namespace mt::app::sqlite
