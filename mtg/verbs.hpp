#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "base/cli/options.hpp"
#include "base/cli/output.hpp"
#include "base/cli/top.hpp"

namespace mt::mtg {

/// What the verbs share: each answers its exit code.
struct Context {
    cli::Settings settings;
    cli::Output output;
    char** argv;  ///< of this process, for the one that takes over in a restart
    std::chrono::milliseconds timeout;
};

struct StartOptions {
    std::vector<std::string> listen;
    std::string worker;  ///< empty: tenant-app beside this program
    bool background = false;
    std::string ui;  ///< address of the operator's page; empty: as mtg.json says
};

int start(const Context& context, const StartOptions& options);
/// It cannot start. The gateway in whose place it was to serve, if there is one, hears why, too.
int refuse_start(const Context& context, const Error& why);
int stop(const Context& context);
int restart(const Context& context, const StartOptions& options);
int reload(const Context& context);
/// What `verb`, one of stop, restart and reload, would do now; it does nothing.
int plan(const Context& context, const std::string& verb);
int status(const Context& context);
int check(const Context& context, const StartOptions& options);
/// Every value of the gateway that is in force, and where it comes from.
int show_config(const Context& context);
/// Every key that mtg.json and tenant.json may have.
int show_schema(const Context& context);
/// The page that /-/metrics gives; with --json its samples.
int metrics(const Context& context);
/// What happened to tenants: the last events, or with `follow` also those that come.
struct EventOptions {
    std::size_t lines = 20;
    bool follow = false;
};
int events(const Context& context, const EventOptions& options);
/// The tenants in a table that goes on.
int top(const Context& context, const cli::TopOptions& options);
/// What is wrong with the machine, the installation or the front, and how to mend it; 1 if something is.
int doctor(const Context& context);
/// A link that signs in to the operator's page.
int page_link(const Context& context);
int version(const Context& context);

}  // namespace mt::mtg
