#include "tenant-app/rest/report.hpp"

#include <unistd.h>

#include <chrono>
#include <string>

#include "base/units.hpp"
#include "tenant-app/rest/text.hpp"

namespace mt::app::rest {

void report(std::string_view event, std::string_view reason, std::string_view level) {
    std::string line = format_time(std::chrono::system_clock::now());
    line.append(" ").append(level).append(" ").append(event).append(" reason=");
    append_quoted(line, reason);
    line += '\n';
    // Nobody is left to tell when the log cannot be written.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace mt::app::rest
