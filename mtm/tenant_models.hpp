#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/json_file.hpp"
#include "mtm/model_name.hpp"
#include "mtm/property.hpp"

namespace mt::mtm {

/// The file of a new model, as LoopBack's own generator writes it.
ordered_json new_model(const ModelName& name, const Members& members);

/// A model as its tenant's configuration knows it.
struct KnownModel {
    std::string name;
    std::filesystem::path file;  ///< empty: built in (User, ACL …) or not found
    std::string datasource;
    bool is_public = true;
};

/// A model that is to be added.
struct NewModel {
    ModelName name;
    ordered_json definition;
    bool is_public = true;
};

/// The models of one tenant: `models/*.json` and the entries of model-config.json. Whoever changes something holds the tenant's
/// lock. Every edit goes in an order in which a crash in between leaves nothing that counts.
class TenantModels {
public:
    /// `display` is what messages call the folder. Fails with invalid_config at file and line.
    static Result<TenantModels> read(const std::filesystem::path& folder, const std::string& display);

    /// In model-config.json's order.
    std::vector<KnownModel> list() const;

    /// The model's file, or its entry of model-config.json for a built-in one. Fails with not_found, naming the nearest.
    Result<ordered_json> show(const ModelName& name) const;

    /// Writes models/<Name>.json, then the entry. Fails with conflict if there is such a model, and with invalid_config if the
    /// tenant has no datasource `datasource`.
    Status add(const ModelName& name, const ordered_json& model, const std::string& datasource);
    /// The same for several, all or none: the files first, which nobody reads until model-config.json, replaced in one
    /// step, names them. What could not be finished is taken away again.
    Status add_all(const std::vector<NewModel>& models, const std::string& datasource);
    /// What add() would fail with, without writing.
    Status can_add(const ModelName& name, const ordered_json& model, const std::string& datasource) const;

    /// Adds properties and relations to a model that has a file, in one step. Fails with not_found if there is no such file, and
    /// with conflict if the model has something of that name already.
    Status extend(const ModelName& name, const Members& members);

    /// Fails with not_found if a relation leads to a model that the tenant does not have; `itself` counts as there.
    Status check_relations(const ModelName& itself, const std::vector<Relation>& relations) const;

    /// Takes the entry out, then moves the file to `trash`. Fails with not_found, and with conflict if another model is related
    /// to this one or built on it.
    Status remove(const ModelName& name, const std::filesystem::path& trash);
    Status can_remove(const ModelName& name) const;

private:
    struct File {
        std::filesystem::path path;
        std::string display;
        ordered_json root;
        std::string name() const;
    };

    TenantModels() = default;
    const File* file_of(std::string_view name) const;
    Error no_such_model(const ModelName& name) const;

    std::filesystem::path folder_;
    std::string display_;
    JsonFile config_file_;
    ordered_json config_;
    std::vector<File> files_;
};

}  // namespace mt::mtm
