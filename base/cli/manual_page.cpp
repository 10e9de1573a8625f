#include <initializer_list>

#include "base/cli/command_tree.hpp"

namespace mt::cli {

namespace {

/// Text of a page: a backslash, a hyphen and a line that begins like a request mean what they look like.
std::string troff(const std::string& text) {
    std::string out;
    bool at_start = true;
    for (const char c : text) {
        if (at_start && (c == '.' || c == '\'')) out += "\\&";
        if (c == '\\') out += "\\e";
        else if (c == '-') out += "\\-";
        else out += c;
        at_start = c == '\n';
    }
    return out;
}

std::string options(const CommandTree& command) {
    std::string out;
    for (const auto& option : command.options) {
        std::string names;
        for (const auto& name : option.names) names += (names.empty() ? "" : ", ") + name;
        out += ".TP\n\\fB" + troff(names) + "\\fR" + (option.value.empty() ? ""
            : " \\fI" + troff(option.value) + "\\fR") + "\n" + troff(option.help) + "\n";
    }
    return out;
}

std::string verb(const CommandTree& command, const std::string& before) {
    const auto name = before + command.name;
    auto out = ".SS \"" + troff(name) + "\"\n" + troff(command.help) + ".\n";
    if (command.verbs.empty()) out += ".PP\n.nf\n" + troff(command.examples) + "\n.fi\n" + options(command);
    for (const auto& below : command.verbs) out += verb(below, name + " ");
    return out;
}

struct Row {
    const char *term, *text;
};

std::string terms(const char* title, std::initializer_list<Row> rows) {
    auto out = ".SH " + std::string{title} + "\n";
    for (const auto& row : rows) out += ".TP\n.B " + troff(row.term) + "\n" + troff(row.text) + "\n";
    return out;
}

}  // namespace

std::string manual_page(const CommandTree& program, const std::string& version) {
    std::string upper;
    for (const char c : program.name) upper += static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    auto out = ".TH " + upper + " 1 \"\" \"" + troff(program.name + " " + version) + "\"\n.SH NAME\n" + program.name +
        " \\- " + troff(program.help) +
               "\n.SH SYNOPSIS\n.B " + program.name + "\n.I VERB\n.RI [ OPTIONS ]\n.SH EXAMPLES\n.nf\n" +
                   troff(program.examples) + "\n.fi\n.SH VERBS\n";
    for (const auto& each : program.verbs) out += verb(each, "");
    out += ".SH COMMON OPTIONS\n" + options(program);
    out += terms("EXIT STATUS", {{"0", "done, or already so"}, {"1", "failed"},
                                 {"2", "usage, or a confirmation is needed"}, {"3", "not running"},
                                 {"4", "no such tenant or model"}, {"5", "conflict: exists, locked, protected"},
                                     {"6", "configuration invalid"},
                                 {"7", "gateway not running"}, {"8", "timed out"}, {"9", "some of the tenants failed"},
                                     {"130", "interrupted"}});
    return out + terms("ENVIRONMENT",
                       {{"MTG_TENANTS, MTG_SOCKET, MTG_CONFIG", "stand in for --tenants, --socket and --config"},
                                       {"NO_COLOR", "no colour"}});
}

}  // namespace mt::cli
