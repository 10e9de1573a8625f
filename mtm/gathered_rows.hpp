#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_file.hpp"

namespace mt::mtm {

/// Rows of many tenants under one head. Columns come together by name, the case of letters aside; a row without one has
/// null there.
class GatheredRows {
public:
    /// With the column `tenant` first, or, for rows that are nobody's, without.
    explicit GatheredRows(bool with_tenants = true);

    /// Takes what a query job printed (tenant-app/data/query_output.hpp). A column of the query's own that is called
    /// `tenant` becomes tenant_2. Fails with failed: it was cut off.
    Status add(const std::string& tenant, std::string_view lines);

    const std::vector<std::string>& columns() const { return columns_; }
    /// {"columns":[…],"rows":[{column: value}…]}.
    json document() const;
    /// What the job that reduces them reads.
    std::string to_reduce(const std::string& sql) const;

private:
    std::size_t column_of(const std::string& name);

    std::vector<std::string> columns_, folded_;
    std::vector<json> rows_;  ///< arrays; an earlier one may be shorter than `columns_`
    bool with_tenants_;
};

/// What document() says, for people and as RFC 4180's CSV.
std::string rows_as_table(const json& document, bool colour, std::size_t width);
std::string rows_as_csv(const json& document);

}  // namespace mt::mtm
