#include "tenant-app/rest/service.hpp"

#include <algorithm>

#include "tenant-app/rest/url.hpp"

namespace mt::app::rest {

Service::Service(const Registry& the_registry, Repository& the_repository, Settings the_settings)
    : registry(the_registry), repository(the_repository), settings(std::move(the_settings)) {
    for (const auto& model : registry.models) {
        if (!model->is_public || !model->persisted) continue;
        std::string path = "/" + model->plural.substr(model->plural.starts_with('/') ? 1 : 0);
        for (char& c : path) c = to_lower(c);
        mounts_.push_back({std::move(path), model.get()});
    }
    std::stable_sort(mounts_.begin(), mounts_.end(), [](const Mount& a, const Mount& b) { return a.path < b.path; });
}

Service::Found Service::find_model(std::string_view path) const {
    // A model's path may have several segments ("http": {"path": "shop/orders"}), so every boundary is tried, the longest path first.
    std::string lower{path.substr(0, 200)};
    for (char& c : lower) c = to_lower(c);
    for (auto end = lower.size(); end > 1; end = lower.rfind('/', end - 1)) {
        const std::string_view candidate{lower.data(), end};
        const auto mount = std::lower_bound(mounts_.begin(), mounts_.end(), candidate,
                                            [](const Mount& a, std::string_view b) { return a.path < b; });
        if (mount != mounts_.end() && mount->path == candidate)
            if (const auto rest = below_mount(path, candidate)) return {mount->model, *rest};
    }
    return {};
}

}  // namespace mt::app::rest
