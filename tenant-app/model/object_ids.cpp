#include "tenant-app/model/object_ids.hpp"

#include <nlohmann/json.hpp>

namespace mt::app {

bool makes_object_ids(const Datasource& datasource) {
    if (datasource.connector != "mongodb") return false;
    if (!datasource.settings) return true;
    const auto key = datasource.settings->find("generatedIds");
    return key == datasource.settings->end() || *key != "counted";
}

void use_object_ids(const Datasource& datasource, Model& model) {
    if (!model.persisted || !makes_object_ids(datasource)) return;
    auto& id = model.properties[model.id_index];
    if (!id.generated) return;
    id.type = Type::string;
}

}  // namespace mt::app
