#include "tenant-app/data/connector.hpp"

namespace mt::app {

Error duplicate_error(const Model& model, std::string_view property) {
    return Error{Errc::conflict, "Duplicate entry for " + model.name + "." + std::string{property}};
}

}  // namespace mt::app
