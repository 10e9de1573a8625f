#include "tenant-app/shell_job.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/command_config.hpp"
#include "base/files.hpp"
#include "tenant-app/app.hpp"
#include "tenant-app/connectors/server/settings.hpp"
#include "tenant-app/job_walls.hpp"
#include "tenant-app/program_job.hpp"

namespace mt::app {

namespace fs = std::filesystem;

namespace {

/// How an engine's shell is started. The first program that is installed is taken.
struct Shell {
    std::string engine;
    std::vector<std::string> programs;
    std::vector<std::string> words;        ///< behind the program's name
    std::vector<std::string> environment;  ///< NAME=value
    std::string options;                   ///< a text that it reads as /dev/fd/3; empty: none
};

Shell sqlite_shell(const fs::path& folder, const Datasource& datasource) {
    const auto file = folder / datasource.settings->value("file", "data/db.sqlite3");
    return {"sqlite", {"sqlite3"}, {"-init", "/dev/null", file.native()}, {}, {}};
}

Shell postgresql_shell(const server::Settings& settings) {
    Shell shell{"postgresql", {"psql"}, {"-X"}, {}, {}};
    shell.environment = {"PGHOST=" + settings.host, "PGPORT=" + std::to_string(settings.port),
                         "PGDATABASE=" + settings.database, "PGUSER=" + settings.user,
                         "PGPASSWORD=" + settings.password};
    if (!settings.schema.empty()) shell.environment.push_back("PGOPTIONS=-c search_path=" + settings.schema);
    return shell;
}

Shell mysql_shell(const server::Settings& settings) {
    std::string quoted;
    for (const char c : settings.password) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    Shell shell{"mysql", {"mariadb", "mysql"}, {"--defaults-extra-file=/dev/fd/3", "--user=" + settings.user}, {}, {}};
    if (settings.local()) shell.words.push_back("--socket=" + settings.host);
    else shell.words.insert(shell.words.end(), {"--host=" + settings.host, "--port=" + std::to_string(settings.port)});
    shell.words.push_back(settings.database);
    shell.options = "[client]\npassword=\"" + quoted + "\"\n";
    return shell;
}

Result<Shell> shell_of(const fs::path& folder, const Datasource& datasource) {
    if (datasource.connector.starts_with("sqlite")) return sqlite_shell(folder, datasource);
    if (datasource.connector == "postgresql") {
        MT_TRY(const auto settings, server::read_settings(folder, datasource, "postgres", 5432));
        return postgresql_shell(settings);
    }
    if (datasource.connector == "mysql") {
        MT_TRY(const auto settings, server::read_settings(folder, datasource, "mysql", 3306));
        return mysql_shell(settings);
    }
    return Error{Errc::not_found, "the connector " + datasource.connector + " has no shell"};
}

/// Of the data source "db", or else of the first that has one.
Result<Shell> shell_of_tenant(const fs::path& folder, const Registry& registry) {
    std::optional<Shell> first;
    for (const auto& datasource : registry.datasources) {
        auto shell = shell_of(folder, datasource);
        if (!shell.ok()) {
            if (shell.error().code() == Errc::not_found) continue;
            return std::move(shell).error();
        }
        if (datasource.name == "db") return shell;
        if (!first) first = *std::move(shell);
    }
    if (first) return *std::move(first);
    return Error{Errc::not_found, "none of its data sources is a database with a shell"};
}

std::string installed(const Shell& shell, const fs::path& folder) {
    const char* path = std::getenv("PATH");
    for (const auto& name : shell.programs)
        if (const auto program = find_program(name, folder, path ? path : ""); program.ok()) return *program;
    return {};
}

/// The text as descriptor 3, so that it stands in no argument and no file.
Status give_options(const std::string& text) {
    if (text.empty()) return {};
    const Fd file{::memfd_create("options", 0)};
    if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::lseek(file.get(), 0, SEEK_SET) != 0 || (file.get() != 3 && ::dup2(file.get(), 3) < 0))
        return errno_error("pass on the login");
    return {};
}

std::vector<char*> list_of(std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (auto& text : texts) list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

}  // namespace

Status run_shell(const fs::path& relative, const std::vector<std::string>& options) {
    const bool which = options.size() == 1 && options[0] == "--which";
    if (!which && !options.empty()) return Error{Errc::usage, "shell takes --which and nothing else"};
    const auto folder = fs::absolute(relative).lexically_normal();
    MT_TRY(const auto app, App::load(folder));
    MT_CHECK(app->check_datasources());
    MT_TRY(auto shell, shell_of_tenant(folder, app->registry()));
    const auto program = installed(shell, folder);
    if (which) {
        const json data{{"engine", shell.engine}, {"program", program.empty() ? json() : json(program)}};
        const auto text = json{{"ok", true}, {"data", data}}.dump() + "\n";
        std::fwrite(text.data(), 1, text.size(), stdout);
        return {};
    }
    if (program.empty()) return Error{Errc::not_found, shell.programs.front() + " is not installed"};
    MT_CHECK(give_options(shell.options));
    auto environment = program_environment(folder);
    environment.insert(environment.end(), shell.environment.begin(), shell.environment.end());
    if (::chdir(folder.c_str()) != 0) return errno_error("enter", folder.native());
    MT_CHECK(take_walls_of_program(folder));
    std::signal(SIGPIPE, SIG_DFL);
    shell.words.insert(shell.words.begin(), program);
    ::execve(program.c_str(), list_of(shell.words).data(), list_of(environment).data());
    return Error{Errc::failed, "cannot run " + program + ": " + std::strerror(errno)};
}

}  // namespace mt::app
