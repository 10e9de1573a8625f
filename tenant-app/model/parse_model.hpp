#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/json_file.hpp"
#include "tenant-app/model/model.hpp"

namespace mt::app {

/// A model's JSON as it stands in its file; what this folder's parsers read. Not for use outside tenant-app/model.
struct ModelSource {
    JsonFile file;
    ordered_json root;
    bool builtin = false;
};
using ModelSources = std::map<std::string, ModelSource, std::less<>>;

/// One line for the list of warnings: "models/x.json:3 /acls: text".
std::string warning_line(const JsonFile& file, std::string_view pointer, std::string_view text);

/// Makes a property of `"string"`, `["string"]` or `{"type": …}`. `models` are names that may serve as types. `connector`
/// selects the column mapping. Fails with invalid_config.
Result<Property> parse_property(const JsonFile& file, const std::string& pointer, const std::string& name,
                                const ordered_json& value, const ModelSources& models, std::string_view connector,
                                std::vector<std::string>& warnings);

/// Everything but relations, the base model's parts merged in. `config` is the model's entry in model-config.json.
/// Fails with invalid_config.
Result<Model> parse_model(const std::string& name, const ModelSources& sources, const ordered_json& config,
                          std::string_view connector, std::vector<std::string>& warnings);

/// Who may do what with a model: its "acls", those of its bases and those of `config` (its entry in model-config.json), and the
/// settings of users and tokens. `line` is its lineage. Fails with invalid_config.
Status parse_access(const std::vector<const ModelSource*>& line, const JsonFile& config_file, const ordered_json& config,
                    Model& model);

/// The names of a model's base models, nearest first; empty for an unknown or PersistedModel base. Ends at a cycle.
std::vector<const ModelSource*> lineage(const std::string& name, const ModelSources& sources);

/// Adds relations and the foreign keys they imply to all models. Fails with invalid_config.
Status parse_relations(std::vector<std::unique_ptr<Model>>& models, const ModelSources& sources,
                       std::vector<std::string>& warnings);

}  // namespace mt::app
