#include "tenant-app/model/shared_methods.hpp"

#include <functional>

namespace mt::app {

namespace {

using Fail = std::function<Error(const std::string& pointer, std::string message)>;

const ordered_json* member(const ordered_json* object, const char* key) {
    if (!object || !object->is_object()) return nullptr;
    const auto found = object->find(key);
    return found == object->end() ? nullptr : &*found;
}

/// `remoting` stands at `pointer` and holds "sharedMethods", or does not.
Status add(const ordered_json* remoting, const std::string& pointer, const Fail& fail, SharedMethods& methods) {
    const auto* settings = member(remoting, "sharedMethods");
    if (!settings) return {};
    const auto at = pointer + "/sharedMethods";
    if (!settings->is_object()) return fail(at, "\"sharedMethods\" is an object of method names and true or false");
    for (const auto& [name, value] : settings->items()) {
        // LoopBack refuses to start, and so do we: a method that its owner believes to be closed must not be open.
        if (!value.is_boolean()) return fail(at + "/" + pointer_escape(name), "must be true or false");
        methods.emplace_back(name, value.get<bool>());
    }
    return {};
}

}  // namespace

Result<SharedMethods> shared_methods_for_all(const std::filesystem::path& folder) {
    SharedMethods methods;
    std::vector<std::string> told_elsewhere;
    MT_TRY(const auto config, read_layers(folder, "config", told_elsewhere));
    if (!config) return methods;
    const Fail fail = [&](const std::string& pointer, std::string message) { return config->error_at(pointer, std::move(message)); };
    MT_CHECK(add(member(&config->root, "remoting"), "/remoting", fail, methods));
    return methods;
}

Status add_shared_methods(const ModelSource& source, SharedMethods& methods) {
    const Fail fail = [&](const std::string& pointer, std::string message) { return source.file.error_at(pointer, std::move(message)); };
    MT_CHECK(add(member(&source.root, "remoting"), "/remoting", fail, methods));
    return add(member(member(&source.root, "options"), "remoting"), "/options/remoting", fail, methods);
}

Status add_shared_methods(const LayeredFile& file, const std::string& pointer, const ordered_json& entry, SharedMethods& methods) {
    const Fail fail = [&](const std::string& at, std::string message) { return file.error_at(at, std::move(message)); };
    return add(member(member(&entry, "options"), "remoting"), pointer + "/options/remoting", fail, methods);
}

}  // namespace mt::app
