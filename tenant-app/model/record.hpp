#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tenant-app/model/model.hpp"

namespace mt::app {

/// A value of a property as JSON has it: a date is its ISO text in UTC with milliseconds, which sorts as the date does.
/// `discarded` stands for JavaScript's undefined: the property is absent.
using Value = json;

inline Value undefined() { return Value(json::value_t::discarded); }
inline bool is_undefined(const Value& value) { return value.is_discarded(); }

/// One instance of a model: values by property position, and whatever else a loose model was given.
struct Record {
    std::vector<Value> values;  ///< as long as Model::properties
    json extra;                 ///< null or an object

    explicit Record(const Model& model) : values(model.properties.size(), undefined()) {}
};

/// What the rows have at one position, as a list; null and absent values are left out.
Value values_at(const std::vector<Record>& rows, std::size_t position);

}  // namespace mt::app
