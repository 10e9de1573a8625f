#pragma once

namespace mt::mtm {

/// Parses the command line, does what it says, prints the outcome; the value is the exit code.
int run_command_line(int argc, const char* const* argv);

}  // namespace mt::mtm
