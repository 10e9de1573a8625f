#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/cli/exit_code.hpp"
#include "base/control/document.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "gateway/gateway.hpp"
#include "mtg/activation.hpp"
#include "mtg/verbs.hpp"

namespace mt::mtg {

namespace fs = std::filesystem;

namespace {

constexpr const char* k_inherit = "MTG_LISTENERS";  // "10,11,12": set across our own execve only

std::vector<int> inherited() {
    std::vector<int> listeners;
    const char* text = std::getenv(k_inherit);
    for (std::string_view rest = text ? text : ""; !rest.empty();) {
        int number = -1;
        const auto comma = rest.find(',');
        const auto part = rest.substr(0, comma);
        std::from_chars(part.data(), part.data() + part.size(), number);
        if (number > 2) {
            ::fcntl(number, F_SETFD, FD_CLOEXEC);
            listeners.push_back(number);
        }
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    }
    ::unsetenv(k_inherit);
    return listeners;
}

/// Replaces this process by a new one of the same command line. Returns only on failure.
Error execute_again(char** argv, const std::vector<int>& listeners) {
    std::string list;
    for (const int listener : listeners) list += (list.empty() ? "" : ",") + std::to_string(listener);
    ::setenv(k_inherit, list.c_str(), 1);
    // By path, so that an upgrade that replaced the file is what runs next; /proc/self/exe would be the old one.
    auto program = (program_folder() / "mtg").native();
    if (::access(program.c_str(), X_OK) != 0) program = "/proc/self/exe";
    ::execv(program.c_str(), argv);
    return errno_error("restart", program);
}

Result<mt::gateway::GatewayOptions> gateway_options(const Context& context, const StartOptions& options) {
    const auto& settings = context.settings;
    mt::gateway::GatewayOptions gateway{
        Layout{fs::absolute(settings.layout.tenants()).lexically_normal(),
               fs::absolute(settings.layout.control_socket()).lexically_normal()},
        settings.config,
        settings.config_file.empty() ? fs::path{} : fs::absolute(settings.config_file),
        settings.config,
        options.worker.empty() ? (program_folder() / "tenant-app").native() : fs::absolute(options.worker).native(),
        (share_folder() / "explorer").native(),
        {},
        {}};
    if (!options.listen.empty()) gateway.config.listen.clear();
    for (const auto& text : options.listen) {
        MT_TRY(auto address, parse_listen(text));
        gateway.config.listen.push_back(std::move(address));
    }
    gateway.manager_program = (program_folder() / "mtm").native();
    gateway.page_folder = (share_folder() / "ui").native();
    if (!options.ui.empty()) {
        MT_TRY(gateway.config.ui, parse_ui_address(options.ui));
    }
    MT_CHECK(take_activated(gateway, !options.listen.empty()));
    return gateway;
}

std::string banner(const json& status) {
    const auto tenants = status["tenants"].get<std::size_t>();
    std::string text = "mtg " + status["version"].get<std::string>() + " serves " + std::to_string(tenants) +
                       (tenants == 1 ? " tenant of " : " tenants of ") + status["tenants_folder"].get<std::string>() + "\n";
    for (const auto& address : status["listen"]) text += "  http://" + address.get<std::string>() + "/\n";
    for (const auto& address : status["tls_listen"]) text += "  https://" + address.get<std::string>() + "/\n";
    if (status.contains("ui")) text += "operator's page, signs in once: " + status["ui"].get<std::string>() + "\n";
    return text;
}

/// Serves until told to end. `report` gets the status once, or never.
Result<int> serve(const Context& context, mt::gateway::GatewayOptions options, std::function<void(const json&)> report) {
    for (const int listener : inherited()) options.inherited_listeners.push_back(listener);
    options.on_serving = std::move(report);
    log::start(log::Level::info);
    MT_TRY(const auto ending, mt::gateway::run_gateway(std::move(options)));
    if (ending.restart) return execute_again(context.argv, ending.listeners);
    return cli::k_done;
}

std::string document_text(const json& document) {
    return document.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

/// The child's half of `-d`: a session of its own, its words in the log, its success or failure through the pipe.
[[noreturn]] void serve_in_background(const Context& context, const mt::gateway::GatewayOptions& options, Fd report) {
    ::setsid();
    const auto say = [&report](const json& document) {
        const auto text = document_text(document);
        if (::write(report.get(), text.data(), text.size()) < 0) log::warn("event=starter_gone");
        report.reset();
    };
    std::error_code ignored;
    fs::create_directories(options.layout.run(), ignored);  // what really fails is reported by run_gateway
    const Fd log_file{::open(options.layout.gateway_log().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
    const Fd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    ::dup2(null.get(), 0);
    ::dup2(log_file ? log_file.get() : null.get(), 1);
    ::dup2(log_file ? log_file.get() : null.get(), 2);
    const auto code = serve(context, options, [&say](const json& status) { say(ok_document(status)); });
    if (!code.ok() && report) say(error_document(code.error()));
    ::_exit(code.ok() ? *code : cli::exit_code(code.error().code()));
}

int start_in_background(const Context& context, const mt::gateway::GatewayOptions& options) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return context.output.failure(errno_error("make a pipe"));
    Fd from{ends[0]}, to{ends[1]};
    const pid_t child = ::fork();  // before any thread; this process is small
    if (child < 0) return context.output.failure(errno_error("fork"));
    if (child == 0) {
        from.reset();
        serve_in_background(context, options, std::move(to));
    }
    to.reset();
    std::string text;
    char chunk[4096];
    for (ssize_t got; (got = ::read(from.get(), chunk, sizeof chunk)) != 0;) {
        if (got < 0 && errno != EINTR) break;
        if (got > 0) text.append(chunk, static_cast<std::size_t>(got));
    }
    const auto document = parse_json(text);
    if (!document.ok() || !document->is_object())
        return context.output.failure(
            Error{Errc::failed, "the gateway ended while it started"}.hint("see " + options.layout.gateway_log().native()));
    if ((*document)["ok"] == true) return context.output.result((*document)["data"], banner);
    return context.output.failure(error_from((*document)["error"]));
}

}  // namespace

int start(const Context& context, const StartOptions& options) {
    auto gateway = gateway_options(context, options);
    if (!gateway.ok()) return context.output.failure(gateway.error());
    const bool restarted = std::getenv(k_inherit) != nullptr;  // in the background already, if it ever was
    if (options.background && !restarted) return start_in_background(context, *gateway);
    const auto code = serve(context, *std::move(gateway), [&](const json& status) {
        if (!restarted) context.output.result(status, [](const json& data) { return banner(data) + "Ctrl-C stops it.\n"; });
    });
    return code.ok() ? *code : context.output.failure(code.error());
}

}  // namespace mt::mtg
