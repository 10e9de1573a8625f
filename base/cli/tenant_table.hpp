#pragma once
#include <string>
#include <vector>

#include "base/cli/table.hpp"

namespace mt::cli {

/// The columns of `mtm list` and of both `top`s, over rows of GET /tenants.
const std::vector<Column>& tenant_columns();

/// What rows can be sorted by.
struct SortKey {
    std::string name;  ///< as --sort takes it
    char key;          ///< as `top` takes it while it runs
    std::string member;
    bool descending;
};
const std::vector<SortKey>& sort_keys();
/// Null: there is no such key.
const SortKey* sort_key(const std::string& name);
const SortKey* sort_key(char key);

/// By the key, what has none last; equals by id.
void sort_tenants(json& rows, const SortKey& by);

}  // namespace mt::cli
