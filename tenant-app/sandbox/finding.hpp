#pragma once
#include <string>
#include <vector>

namespace mt::app::sandbox {

/// What became of one wall.
enum class State {
    granted,   ///< the kernel holds it
    degraded,  ///< it has a gap, which `detail` names
    off,       ///< not asked for
};

struct Finding {
    std::string mechanism;
    State state;
    std::string detail;
};

/// One line of JSON, an array of {mechanism, state, detail}, as it goes over the control channel behind "isolation ".
std::string findings_text(const std::vector<Finding>& findings);

}  // namespace mt::app::sandbox
