#pragma once
#include "base/json_file.hpp"
#include "tenant-app/model/model.hpp"

namespace mt::app {

/// Reads what a property's JSON says under the connector's name: "columnName" ("column", "fieldName"), "dataType",
/// "dataLength", "dataPrecision", "dataScale", "nullable", as LoopBack's connectors have them. Null is as if it were not
/// there. Fails with invalid_config at the key.
Status parse_column(const JsonFile& file, const std::string& pointer, const ordered_json& value, Property& property);

}  // namespace mt::app
