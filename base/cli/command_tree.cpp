#include "base/cli/command_tree.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/cli/options.hpp"

namespace mt::cli {

namespace {

OptionInfo option_of(const CLI::Option& option) {
    OptionInfo info{{}, option.get_description(), option.get_items_expected_max() > 0 ? option.get_type_name()
                    : std::string{}};
    for (const auto& name : option.get_snames()) info.names.push_back("-" + name);
    for (const auto& name : option.get_lnames()) info.names.push_back("--" + name);
    return info;
}

}  // namespace

CommandTree read_tree(const CLI::App& app) {
    CommandTree tree{app.get_name(), app.get_description(), examples_of(app), {}, {}, false};
    for (const auto* option : app.get_options([](const CLI::Option* each) { return !each->get_group().empty(); })) {
        auto info = option_of(*option);
        if (info.names.empty()) tree.takes_tenants = tree.takes_tenants || info.value.starts_with("ID");
        else tree.options.push_back(std::move(info));
    }
    for (const auto* verb : app.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); }))
        tree.verbs.push_back(read_tree(*verb));
    return tree;
}

void add_shell_verbs(CLI::App& app, std::string& shell) {
    const auto program = app.get_name();
    auto* const completes = app.add_subcommand("completion", "Print what a shell needs to complete this command");
    set_examples(*completes, "  source <(" + program + " completion bash)\n  " + program +
                 " completion zsh >~/.zfunc/_" + program + "\n  " + program +
                                 " completion fish >~/.config/fish/completions/" + program + ".fish");
    completes->add_option("shell", shell,
        "bash, zsh or fish")->type_name("SHELL")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
    auto* const describes = app.add_subcommand("manpage", "Print the manual page");
    set_examples(*describes, "  " + program + " manpage | man -l -\n  " + program +
                 " manpage >/usr/local/share/man/man1/" + program + ".1");
}

std::optional<int> run_shell_verb(const CLI::App& app, const std::string& shell, const Output& output) {
    const auto text = app.got_subcommand("completion") ? completion(read_tree(app), shell)
                      : app.got_subcommand("manpage")  ? manual_page(read_tree(app), MT_VERSION)
                                                       : std::string{};
    if (text.empty()) return std::nullopt;
    return output.result({{"text", text}}, [](const json& data) { return data["text"].get<std::string>(); });
}

}  // namespace mt::cli
