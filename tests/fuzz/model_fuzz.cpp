#include <cstdint>
#include <string>

#include "tenant-app/query/parse_filter.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/unit/app/make_registry.hpp"

// A model's JSON is refused with its file, or becomes a model whose id, keys and relations all lead somewhere.

using namespace mt::app;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static TenantFolder folder;
    static const bool prepared = [] {
        folder.write("model-config.json", R"({"X":{"dataSource":"db"},"Y":{"dataSource":"db"},"Z":{"dataSource":"db"}})");
        folder.write("models/y.json", R"({"name":"Y","properties":{"n":"number"},"relations":{"x":{"type":"belongsTo","model":"X"}}})");
        folder.write("models/z.json", R"({"name":"Z","base":"Model","properties":{"n":"number"}})");
        return true;
    }();
    (void)prepared;
    folder.write("models/x.json", std::string{reinterpret_cast<const char*>(data), size});
    const auto registry = folder.load();
    if (!registry.ok()) {
        MT_FUZZ_CHECK(registry.error().code() == mt::Errc::invalid_config && !registry.error().place().file.empty());
        return 0;
    }
    for (const auto& model : registry->models) {
        if (model->persisted) MT_FUZZ_CHECK(model->id_index < model->properties.size() && model->id().id);
        for (const auto& relation : model->relations) {
            MT_FUZZ_CHECK(relation.target || relation.polymorphic());
            MT_FUZZ_CHECK((relation.kind == RelationKind::has_many_through) == (relation.through != nullptr));
        }
    }
    (void)check_scopes(*registry);
    return 0;
}
