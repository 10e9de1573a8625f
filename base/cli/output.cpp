#include "base/cli/output.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/cli/exit_code.hpp"
#include "base/control/document.hpp"
#include "base/printable.hpp"

namespace mt::cli {

namespace {

std::string dump(const json& document) { return document.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"; }

/// A message may be several lines; what it quotes must not be more.
std::string printable_lines(std::string_view text) {
    std::string out;
    for (std::size_t end; (end = text.find('\n')) != std::string_view::npos; text.remove_prefix(end + 1))
        out += printable(text.substr(0, end)) + "\n";
    return out += printable(text);
}

bool set(const char* name) {
    const char* value = std::getenv(name);
    return value && *value;
}

}  // namespace

bool Output::colour() const {
    if (json_ || no_color_ || set("NO_COLOR") || !::isatty(STDOUT_FILENO)) return false;
    const char* term = std::getenv("TERM");
    return term && std::string_view{term} != "dumb";
}

std::size_t Output::width() const {
    winsize size{};
    if (!::isatty(STDOUT_FILENO) || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
    return size.ws_col;
}

int Output::result(const json& data, const std::function<std::string(const json&)>& text, int code) const {
    std::cout << (json_ ? dump(ok_document(data)) : text(data)) << std::flush;
    if (std::cout) return code;
    std::cerr << "cannot write the result: stdout is closed or full\n";
    return k_failed;
}

int Output::failure(const Error& error) const {
    if (json_) std::cout << dump(error_document(error)) << std::flush;
    else std::cerr << describe_lines("error", error) << std::flush;
    return exit_code(error.code());
}

void Output::note(std::string_view line) const {
    if (!json_) std::cerr << line << "\n" << std::flush;
}

std::string describe_lines(std::string_view program, const Error& error) {
    const auto& place = error.place();
    std::string text{program};
    text += ": ";
    if (!place.tenant.empty()) text += "tenant " + place.tenant + ": ";
    text += printable_lines(error.message()) + "\n";
    if (!place.file.empty()) {
        text += "  at " + printable(place.file);
        if (place.line) text += ":" + std::to_string(place.line);
        if (!place.pointer.empty()) text += " " + printable(place.pointer);
        text += "\n";
    }
    if (!place.hint.empty()) text += "  hint: " + printable_lines(place.hint) + "\n";
    return text;
}

}  // namespace mt::cli
