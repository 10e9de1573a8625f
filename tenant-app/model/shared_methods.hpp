#pragma once
#include "base/layered_file.hpp"
#include "tenant-app/model/parse_model.hpp"

namespace mt::app {

/// remoting.sharedMethods as LoopBack takes it from config.json (for all models) and from options of a model's entry in
/// model-config.json, and, beyond LoopBack, from the model's own JSON: who writes it there means it. A later source wins by name.
using SharedMethods = std::vector<std::pair<std::string, bool>>;

/// Those of config.json. Fails with invalid_config, as all below: a value that is not true or false.
Result<SharedMethods> shared_methods_for_all(const std::filesystem::path& folder);
/// Adds those of a model's JSON: `remoting` or `options.remoting`.
Status add_shared_methods(const ModelSource& source, SharedMethods& methods);
/// Adds those of a model's entry in model-config.json, which stands at `pointer`.
Status add_shared_methods(const LayeredFile& file, const std::string& pointer, const ordered_json& entry, SharedMethods& methods);

}  // namespace mt::app
