#include "base/cli/command_tree.hpp"

namespace mt::cli {

namespace {

/// Between single quotes of a shell; line breaks become spaces.
std::string quoted(const std::string& text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') out += "'\\''";
        else out += c == '\n' ? ' ' : c;
    }
    return out + "'";
}

/// All words that may stand behind a verb, tenants apart.
std::string words(const CommandTree& command) {
    std::string out;
    for (const auto& verb : command.verbs) out += verb.name + " ";
    for (const auto& option : command.options)
        for (const auto& name : option.names) out += name + " ";
    return out;
}

/// "--tenants|--socket": options of the program that a value follows.
std::string with_value(const CommandTree& program) {
    std::string out;
    for (const auto& option : program.options)
        if (!option.value.empty())
            for (const auto& name : option.names) out += (out.empty() ? "" : "|") + name;
    return out;
}

std::string bash(const CommandTree& program) {
    const auto function = "_" + program.name;
    std::string out = "# bash completion for " + program.name + "\n" + function +
                      "() {\n"
                      "    local current=${COMP_WORDS[COMP_CWORD]} verb= words= i\n"
                      "    local -a place=()\n"
                      "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                      "        case ${COMP_WORDS[i]} in\n"
                      "            --tenants) place=(--tenants \"${COMP_WORDS[i + 1]}\"); ((i++)) ;;\n"
                      "            " + with_value(program) + ") ((i++)) ;;\n"
                      "            -*) ;;\n"
                      "            *) verb=${COMP_WORDS[i]}; break ;;\n"
                      "        esac\n"
                      "    done\n"
                      "    case $verb in\n"
                      "        '') words=" + quoted(words(program)) + " ;;\n";
    for (const auto& verb : program.verbs) {
        out += "        " + verb.name + ") words=" + quoted(words(verb) +
                                                            words({{}, {}, {}, program.options, {}, false}));
        if (verb.takes_tenants) out += "\" $(" + program.name + " \"${place[@]}\" __tenants 2>/dev/null)\"";
        out += " ;;\n";
    }
    return out + "    esac\n"
                 "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
                 "}\n"
                 "complete -o default -F " + function + " " + program.name + "\n";
}

/// In _arguments' specifications brackets and colons have a meaning.
std::string zsh_text(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '[' || c == ']' || c == ':') out += '\\';
        out += c == '\n' ? ' ' : c;
    }
    return out;
}

std::string zsh_options(const CommandTree& command) {
    std::string out;
    for (const auto& option : command.options)
        for (const auto& name : option.names)
            out += " " + quoted(name + "[" + zsh_text(option.help) + "]" +
                                (option.value.empty() ? "" : ":" + zsh_text(option.value) + ":_files"));
    return out;
}

std::string zsh(const CommandTree& program) {
    const auto function = "_" + program.name;
    std::string out = "#compdef " + program.name + "\n" + function +
        "_tenants() {\n    local -a ids\n    ids=(${(f)\"$(" + program.name +
                      " __tenants 2>/dev/null)\"})\n    compadd -a ids\n}\n" + function +
                      "() {\n    local -a verbs\n    if ((CURRENT == 2)); then\n        verbs=(";
    for (const auto& verb : program.verbs) out += "\n            " + quoted(verb.name + ":" + zsh_text(verb.help));
    out += ")\n        _describe verb verbs\n        return\n    fi\n    local verb=$words[2]\n    shift words\n    ((CURRENT--))\n    case $verb in\n";
    for (const auto& verb : program.verbs) {
        out += "        " + verb.name + ") _arguments" + zsh_options(verb) +
            zsh_options({{}, {}, {}, program.options, {}, false});
        if (verb.takes_tenants) out += " " + quoted("*:tenant:" + function + "_tenants");
        std::string below;
        for (const auto& each : verb.verbs) below += (below.empty() ? "" : " ") + each.name;
        if (!below.empty()) out += " " + quoted("*:action:(" + below + ")");
        out += " ;;\n";
    }
    return out + "    esac\n}\n" + function + " \"$@\"\n";
}

std::string fish(const CommandTree& program) {
    const auto complete = "complete -c " + program.name;
    std::string out = complete + " -f\n";
    const auto options = [&](const CommandTree& command, const std::string& condition) {
        for (const auto& option : command.options) {
            out += complete + condition;
            for (const auto& name : option.names)
                out += (name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1));
            out += (option.value.empty() ? "" : " -r") + std::string{" -d "} + quoted(option.help) + "\n";
        }
    };
    options(program, "");
    for (const auto& verb : program.verbs) {
        out += complete + " -n __fish_use_subcommand -a " + verb.name + " -d " + quoted(verb.help) + "\n";
        const auto condition = " -n '__fish_seen_subcommand_from " + verb.name + "'";
        options(verb, condition);
        if (verb.takes_tenants) out += complete + condition + " -a '(" + program.name + " __tenants 2>/dev/null)'\n";
        for (const auto& below : verb.verbs) out += complete + condition + " -a " + below.name + " -d " +
            quoted(below.help) + "\n";
    }
    return out;
}

}  // namespace

std::string completion(const CommandTree& program, const std::string& shell) {
    if (shell == "bash") return bash(program);
    if (shell == "zsh") return zsh(program);
    return shell == "fish" ? fish(program) : std::string{};
}

}  // namespace mt::cli
