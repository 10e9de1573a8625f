#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "base/json_file.hpp"

namespace mt::cli {

/// What a command prints. stdout carries the result only: one document with --json, else what `text` makes of the same data;
/// everything else goes to stderr.
class Output {
public:
    Output(bool json, bool no_color) : json_(json), no_color_(no_color) {}

    bool json_wanted() const { return json_; }
    /// Of stdout: a terminal, and neither NO_COLOR, TERM=dumb nor --no-color.
    bool colour() const;
    /// Columns of the terminal at stdout; 0 when it is none, so that nothing is cut in a pipe.
    std::size_t width() const;

    /// Prints a success and answers `code`. `text` renders `data` for people, newline included.
    int result(const json& data, const std::function<std::string(const json&)>& text, int code = 0) const;
    /// Prints the failure (stdout with --json, else stderr) and answers its exit code.
    int failure(const Error& error) const;
    /// A progress or hint line on stderr; silent with --json.
    void note(std::string_view line) const;

private:
    bool json_, no_color_;
};

/// The lines for a terminal: what, where, what to do next.
std::string describe_lines(std::string_view program, const Error& error);

}  // namespace mt::cli
