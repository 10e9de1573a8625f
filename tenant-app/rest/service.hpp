#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "tenant-app/auth/auth.hpp"
#include "tenant-app/crud/changes.hpp"
#include "tenant-app/crud/repository.hpp"
#include "tenant-app/rest/settings.hpp"

namespace mt::app::rest {

/// What a request is answered with. Built once by app.cpp, lives as long as the server, never changes.
struct Service {
    Service(const Registry& the_registry, Repository& the_repository, Settings the_settings);

    const Registry& registry;
    Repository& repository;
    Settings settings;
    Changes* changes = nullptr;  ///< outlives the service; null: no change streams
    Auth* auth = nullptr;  ///< null: nobody is asked who he is; for tests
    std::chrono::system_clock::time_point started = std::chrono::system_clock::now();

    /// The public model whose path ("Customers", case ignored) `path` starts with, below the API's root, and what stands after it.
    struct Found {
        const Model* model = nullptr;
        std::string_view rest;
    };
    Found find_model(std::string_view path) const;

private:
    struct Mount {
        std::string path;  ///< "/customers": lower case
        const Model* model;
    };
    std::vector<Mount> mounts_;  ///< sorted by path
};

}  // namespace mt::app::rest
