#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/cli/exit_code.hpp"
#include "base/control/document.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "gateway/gateway.hpp"
#include "gateway/inheritance.hpp"
#include "mtg/activation.hpp"
#include "mtg/verbs.hpp"

namespace mt::mtg {

namespace fs = std::filesystem;

namespace {

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
    // By path, so that an upgrade that replaced the file is what runs next; /proc/self/exe would be the old one.
    gateway.program = (program_folder() / "mtg").native();
    for (char** word = context.argv + 1; *word; ++word) gateway.arguments.emplace_back(*word);
    // systemd is told which process is the main one; a terminal, a container or a script can only wait for the one it
    // started.
    gateway.anchored = !options.background && !std::getenv("NOTIFY_SOCKET");
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
Result<int> serve(mt::gateway::GatewayOptions options, std::function<void(const json&)> report) {
    options.on_serving = std::move(report);
    log::start(log::Level::info);
    return mt::gateway::run_gateway(std::move(options));
}

std::string document_text(const json& document) {
    return document.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

/// The child's half of `-d`: a session of its own, its words in the log, its success or failure through the pipe.
[[noreturn]] void serve_in_background(const mt::gateway::GatewayOptions& options, Fd report) {
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
    const auto code = serve(options, [&say](const json& status) { say(ok_document(status)); });
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
        serve_in_background(options, std::move(to));
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
    if (!gateway.ok()) return refuse_start(context, gateway.error());
    gateway->handover_link = mt::gateway::take_handover_link().release();
    const bool takes_over = gateway->handover_link >= 0;  // and is in the background already, if the first one was
    if (options.background && !takes_over) return start_in_background(context, *gateway);
    if (takes_over) gateway->anchored = false;
    const auto code = serve(*std::move(gateway), [&](const json& status) {
        if (takes_over) return;
        context.output.result(status, [](const json& data) { return banner(data) + "Ctrl-C stops it.\n"; });
    });
    return code.ok() ? *code : context.output.failure(code.error());
}

int refuse_start(const Context& context, const Error& why) {
    if (const auto link = mt::gateway::take_handover_link()) mt::gateway::refuse_handover(link.get(), why);
    return context.output.failure(why);
}

}  // namespace mt::mtg
