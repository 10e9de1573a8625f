#pragma once
#include <string_view>

namespace mt::app::rest {

/// One line on the tenant's log (stderr): `<time> <level> event=… reason="…"`. The worker does not link the logging library, whose
/// start-up and memory every tenant would pay for. Any thread.
void report(std::string_view event, std::string_view reason, std::string_view level = "error");

}  // namespace mt::app::rest
