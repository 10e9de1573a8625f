#pragma once
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "tenant-app/model/load_registry.hpp"

namespace mt::app {

/// A tenant's folder for one test, gone with the object.
class TenantFolder {
public:
    TenantFolder() {
        std::random_device random;
        path_ = std::filesystem::temp_directory_path() / ("mtg-app-" + std::to_string(random()) + std::to_string(random()));
        std::filesystem::create_directories(path_ / "models");
        write("datasources.json", R"({"db":{"connector":"memory"}})");
    }
    TenantFolder(const TenantFolder&) = delete;
    TenantFolder& operator=(const TenantFolder&) = delete;
    ~TenantFolder() { std::filesystem::remove_all(path_); }

    const std::filesystem::path& path() const { return path_; }
    void write(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((path_ / name).parent_path());
        std::ofstream{path_ / name} << text;
    }
    Result<Registry> load() {
        warnings.clear();
        return load_registry(path_, {"memory", "sqlite", "sqlite3", "transient"}, warnings);
    }
    /// Customer hasMany Order, Order belongsTo Customer: what most tests need.
    void write_shop(const std::string& connector) const {
        write("datasources.json", R"({"db":{"connector":")" + connector + R"("}})");
        write("model-config.json", R"({"Customer":{"dataSource":"db"},"Order":{"dataSource":"db"},"Product":{"dataSource":"db"},
                                       "Strict":{"dataSource":"db"},"Any":{"dataSource":"db"}})");
        write("models/customer.json", R"({"name":"Customer","properties":{"name":{"type":"string","required":true},"email":"string",
            "age":"number","vip":"boolean","createdAt":"date","tags":["string"],"address":"object",
            "code":{"type":"string","index":{"unique":true}}},
            "relations":{"orders":{"type":"hasMany","model":"Order","foreignKey":"customerId"}}})");
        write("models/order.json", R"({"name":"Order","properties":{"description":"string","total":{"type":"number","default":1},
            "uid":{"type":"string","defaultFn":"uuid"}},
            "relations":{"customer":{"type":"belongsTo","model":"Customer","foreignKey":""}}})");
        write("models/product.json", R"({"name":"Product","properties":{"id":{"type":"string","id":true},"name":"string"}})");
        write("models/strict.json", R"({"name":"Strict","strict":true,"properties":{"name":"string"}})");
        write("models/any.json", R"({"name":"Any","forceId":false,"properties":{"name":"string","x":"any"}})");
    }

    std::vector<std::string> warnings;

private:
    std::filesystem::path path_;
};

}  // namespace mt::app
