#include "tenant-app/model/model.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace mt::app {

std::optional<std::size_t> Model::find_property(std::string_view property) const {
    const auto it = index.find(property);
    if (it == index.end()) return std::nullopt;
    return it->second;
}

const Relation* Model::find_relation(std::string_view relation) const {
    const auto it = std::find_if(relations.begin(), relations.end(), [&](const Relation& r) { return r.name == relation; });
    return it == relations.end() ? nullptr : &*it;
}

const json& Model::access_setting(const char* setting) const {
    static const json none;
    if (!access) return none;
    const auto it = access->find(setting);
    return it == access->end() ? none : *it;
}

bool Model::is_hidden(std::string_view property) const {
    return std::find(hidden.begin(), hidden.end(), property) != hidden.end();
}

bool Model::is_protected(std::string_view property) const {
    return std::find(protected_properties.begin(), protected_properties.end(), property) != protected_properties.end();
}

const Model* Registry::find(std::string_view name) const {
    const auto it = std::find_if(models.begin(), models.end(), [&](const auto& model) { return model->name == name; });
    return it == models.end() ? nullptr : it->get();
}

}  // namespace mt::app
