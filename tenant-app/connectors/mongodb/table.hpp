#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tenant-app/connectors/mongodb/document.hpp"

namespace mt::app::mongodb {

/// A model's collection. Immutable once the datasource is open.
struct Table {
    const Model* model = nullptr;
    std::string name;
    std::vector<std::string> fields;                        ///< by property position; the id's is `_id`
    std::map<std::string, std::size_t, std::less<>> index;  ///< a field → its property
    std::vector<bool> object_ids;  ///< by position: a text that can be an ObjectId is stored as one
    bool counts_ids = false;       ///< new ids are numbers from a counter, else ObjectIds

    bool has_extra() const { return model->strict == Model::Strict::loose; }
    const Property& property(std::size_t position) const { return model->properties[position]; }
};
using Tables = std::map<std::string, Table, std::less<>>;  ///< by the model's name

}  // namespace mt::app::mongodb
