#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>

#include "mtm/fan_out.hpp"
#include "mtm/gathered_rows.hpp"
#include "mtm/select.hpp"
#include "mtm/verbs.hpp"
#include "mtm/worker.hpp"

namespace mt::mtm {

namespace {

constexpr std::chrono::seconds k_statement_deadline{60};
constexpr std::size_t k_statement_bytes_max = 9u << 20;

constexpr const char* k_sqlite_tables =
    "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name";
constexpr const char* k_postgresql_tables =
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1";

/// Ours: reads statements, prints their rows, goes on after an error.
class Prompt {
public:
    Prompt(const Session& session, TenantId id, std::string engine)
        : session_(session), id_(std::move(id)), engine_(std::move(engine)), asks_(::isatty(STDIN_FILENO) != 0) {}

    /// Whether all statements were answered.
    bool run() {
        if (asks_) std::cerr << "reading only; .tables, .quit\n";
        std::string statement;
        for (std::string line; ask(statement.empty()) && std::getline(std::cin, line);) {
            if (statement.empty() && line == ".quit") return all_well_;
            if (statement.empty() && line == ".tables") {
                answer(engine_ == "sqlite" ? k_sqlite_tables : k_postgresql_tables);
                continue;
            }
            if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
            statement += line + "\n";
            if (!line.ends_with(';')) continue;
            answer(std::exchange(statement, {}));
        }
        if (!statement.empty()) answer(statement);
        return all_well_;
    }

private:
    bool ask(bool first) const {
        if (asks_) std::cerr << (first ? id_.str() + "> " : std::string{"   ...> "}) << std::flush;
        return true;
    }

    void answer(const std::string& sql) {
        const std::vector<std::string> words{"query", "--time", std::to_string(
            std::chrono::milliseconds{k_statement_deadline}.count())};
        const PoolOrder order{sql, 1, k_statement_deadline + std::chrono::seconds{1}};
        const auto end = fan_out(session_, {id_}, words, order, k_statement_bytes_max).front();
        GatheredRows rows{false};
        auto failure = failure_of(session_, id_, end);
        if (!failure)
            if (const auto added = rows.add(id_.str(), end.output); !added.ok()) failure = added.error();
        if (failure) {
            all_well_ = false;
            std::cerr << cli::describe_lines("error", *failure) << std::flush;
            return;
        }
        std::cout << rows_as_table(rows.document(), session_.output.colour(), session_.output.width()) << std::flush;
    }

    const Session& session_;
    const TenantId id_;
    const std::string engine_;
    bool asks_, all_well_ = true;
};

Result<json> shell_of(const Session& session, const TenantId& id) {
    MT_TRY(const auto end, worker_job(id, session.layout().tenant(id), session.display(id), {"shell", "--which"},
                                      std::chrono::seconds{30}));
    MT_TRY(const auto document, parse_json(end.out));
    if (document.is_object() && document.contains("data")) return document["data"];
    return Error{Errc::failed, "tenant-app does not say which shell there is"};
}

/// The engine's own, in place of this process.
Error become_shell(const Session& session, const TenantId& id) {
    const auto program = worker_program();
    if (!program.ok()) return program.error();
    const auto folder = session.layout().tenant(id).native();
    ::execl(program->c_str(), program->c_str(), folder.c_str(), "shell", nullptr);
    return Error{Errc::failed, "cannot run " + program->native() + ": " + std::strerror(errno)};
}

}  // namespace

Result<int> run_shell(Session& session, const Arguments& arguments) {
    if (arguments.words.size() != 1) return Error{Errc::usage, "name one tenant"}.hint("mtm shell foo");
    if (session.output.json_wanted())
        return Error{Errc::usage, "a shell prints no JSON"}.hint("mtm query foo 'select 1' --json");
    MT_TRY(const auto id, TenantId::parse(arguments.words.front()));
    MT_CHECK(require_tenant(session.layout(), id));
    MT_TRY(const auto shell, shell_of(session, id));
    const auto engine = shell["engine"].get<std::string>();
    if (!arguments.read_only && !shell["program"].is_null()) return become_shell(session, id);
    if (engine != "sqlite" && engine != "postgresql")
        return Error{Errc::failed, "no shell of " + engine + " is installed"}.of_tenant(id.str()).hint(
            "apt-get install mariadb-client");
    return Prompt{session, id, engine}.run() ? 0 : 1;
}

}  // namespace mt::mtm
