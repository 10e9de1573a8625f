#include "tenant-app/rest/shared_methods.hpp"

namespace mt::app::rest {

namespace {

struct Alias {
    std::string_view name, method;
};
constexpr std::array<Alias, 9> k_aliases{Alias{"upsert", "patchOrCreate"}, Alias{"updateOrCreate", "patchOrCreate"},
                                         Alias{"patchOrCreateWithWhere", "upsertWithWhere"}, Alias{"destroyById", "deleteById"},
                                         Alias{"removeById", "deleteById"}, Alias{"update", "updateAll"},
                                         Alias{"updateAttributes", "prototype.patchAttributes"},
                                         Alias{"prototype.updateAttributes", "prototype.patchAttributes"},
                                         Alias{"patchAttributes", "prototype.patchAttributes"}};

std::string_view method_of(std::string_view name) {
    for (const auto& alias : k_aliases)
        if (alias.name == name) return alias.method;
    return name;
}

/// Whether `name` is the method's, in which {relation} stands for the relation's name.
bool names(std::string_view name, std::string_view method, const Relation* relation) {
    const auto hole = method.find("{relation}");
    if (hole == std::string_view::npos || !relation) return method_of(name) == method;
    const auto before = method.substr(0, hole), after = method.substr(hole + std::string_view{"{relation}"}.size());
    return name.size() == before.size() + relation->name.size() + after.size() && name.starts_with(before) && name.ends_with(after) &&
           name.substr(before.size(), relation->name.size()) == relation->name;
}

}  // namespace

bool is_shared(const Model& model, const Operation& operation, const Relation* relation) {
    bool by_default = true;
    const bool* own = nullptr;
    for (const auto& [name, open] : model.shared_methods) {
        if (name == "*") by_default = open;
        else if (names(name, operation.id, relation)) own = &open;
    }
    return own ? *own : by_default;
}

}  // namespace mt::app::rest
