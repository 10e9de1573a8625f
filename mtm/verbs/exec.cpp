#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "base/printable.hpp"
#include "mtm/fan_out.hpp"
#include "mtm/select.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

namespace {

constexpr std::chrono::minutes k_exec_deadline{5};
constexpr std::size_t k_line_bytes_most = 64u << 10;   // longer ones are printed in pieces
constexpr std::size_t k_kept_output_bytes = 1u << 20;  // with --json, of each stream

/// What the command writes, line by line as it comes, behind the tenant's name.
class Lines {
public:
    explicit Lines(bool with_names) : with_names_(with_names) {}

    void add(const std::string& name, Stream stream, std::string_view text) {
        auto& rest = rests_[{name, stream}];
        rest += text;
        for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
            print(name, stream, rest.substr(0, end));
            rest.erase(0, end + 1);
        }
        if (rest.size() > k_line_bytes_most) flush(name, stream);
    }
    /// The last line has no end.
    void flush(const std::string& name, Stream stream) {
        auto& rest = rests_[{name, stream}];
        if (!rest.empty()) print(name, stream, std::exchange(rest, {}));
    }

private:
    void print(const std::string& name, Stream stream, const std::string& line) {
        const bool is_output = stream == Stream::output;
        auto& out = is_output ? std::cout : std::cerr;
        // What a tenant has put into its files must not steer the terminal.
        const bool terminal = ::isatty(is_output ? STDOUT_FILENO : STDERR_FILENO) != 0;
        out << (with_names_ ? name + " | " : std::string{}) << (terminal ? printable(line) : line) << "\n"
            << std::flush;
    }

    bool with_names_;
    std::map<std::pair<std::string, Stream>, std::string> rests_;
};

/// A line of the job's own about why the command did not start is no output of the command's.
bool is_jobs_word(std::string_view errors) { return errors.starts_with("error {"); }

std::optional<Error> exec_failure(const Session& session, const TenantId& id, const FanOutEnd& end) {
    if (end.exit_code.ok() && *end.exit_code != 0 && !is_jobs_word(end.errors))
        return Error{Errc::failed, "the command ended with exit code " +
            std::to_string(*end.exit_code)}.of_tenant(id.str());
    return failure_of(session, id, end);
}

void keep(std::string& text, std::string_view more) {
    text += more.substr(0, k_kept_output_bytes - std::min(k_kept_output_bytes, text.size()));
}

}  // namespace

Result<int> run_exec(Session& session, const Arguments& arguments) {
    if (arguments.program.empty())
        return Error{Errc::usage, "there is no command"}.hint("mtm exec --all -- ls -l data");
    MT_TRY(const auto ids, select_tenants(session.layout(), arguments));
    std::vector<std::string> words{"run-program"};
    words.insert(words.end(), arguments.program.begin(), arguments.program.end());
    const bool live = !session.output.json_wanted();
    std::map<std::string, FanOutEnd> ends;
    for (const auto& id : ids) ends.emplace(id.str(), FanOutEnd{0, {}, {}});
    Lines lines{ids.size() > 1};
    PoolListener listener;
    listener.said = [&](const PooledJob& job, Stream stream, std::string_view text) {
        auto& end = ends.at(job.name);
        keep(stream == Stream::output ? end.output : end.errors, text);
        if (live && (stream == Stream::output || !is_jobs_word(end.errors))) lines.add(job.name, stream, text);
        return true;
    };
    listener.ended = [&](const PooledJob& job, Result<int> code) {
        for (const auto stream : {Stream::output, Stream::errors}) lines.flush(job.name, stream);
        ends.at(job.name).exit_code = std::move(code);
    };
    run_pool(jobs_of(session, ids, words), {{}, arguments.parallel, arguments.deadline.value_or(k_exec_deadline)},
             listener);
    const auto row_of = [&](const TenantId& id) -> Result<json> {
        const auto& end = ends.at(id.str());
        if (const auto failure = exec_failure(session, id, end)) return *failure;
        return json{{"id", id.str()}, {"exit_code", 0}, {"output", end.output}, {"errors", end.errors}};
    };
    return for_each_tenant(session, arguments, ids, row_of, [](const json&) { return std::string{}; });
}

}  // namespace mt::mtm
