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

}  // namespace

bool is_shared(const Model& model, const Operation& operation, const About& about) {
    const auto method = method_name(operation, about);
    bool by_default = true;
    const bool* own = nullptr;
    for (const auto& [name, open] : model.shared_methods) {
        if (name == "*") by_default = open;
        else if (name == method || method_of(name) == method) own = &open;
    }
    return own ? *own : by_default;
}

}  // namespace mt::app::rest
