#include <iostream>
#include <nlohmann/json.hpp>

#include "base/cli/exit_code.hpp"
#include "base/control/document.hpp"
#include "base/printable.hpp"
#include "mtm/fan_out.hpp"
#include "mtm/gathered_rows.hpp"
#include "mtm/select.hpp"
#include "mtm/tenant_file.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

namespace {

constexpr std::size_t k_answer_bytes_max = 9u << 20;   // the job itself stops at 8 MiB
constexpr std::size_t k_answers_bytes_max = 256u << 20;
constexpr std::chrono::seconds k_query_deadline{10}, k_reduce_deadline{70};

/// A program of the user's or another server serves it: there is no database of ours.
bool is_foreign(const Session& session, const TenantId& id) {
    const auto config = tenant_config(session.layout(), id);
    return config.ok() && (config->is_command() || config->upstream);
}

/// The last word is what to ask; those before it are tenants.
struct Question {
    std::vector<TenantId> ids;
    std::string sql;
};

Result<Question> read_question(const Session& session, const Arguments& arguments) {
    if (!arguments.format.empty() && arguments.format != "table" && arguments.format != "csv")
        return Error{Errc::usage, "--format is table or csv, not " + in_quotes(arguments.format)}.hint(
            "JSON is printed with --json");
    if (arguments.words.size() < (arguments.all ? 1u : 2u))
        return Error{Errc::usage, "say whom to ask, and what"}.hint("mtm query foo 'select count(*) from Customer'");
    auto named = arguments;
    Question question{{}, named.words.back()};
    named.words.pop_back();
    MT_TRY(question.ids, select_tenants(session.layout(), named));
    const auto foreign = [&](const TenantId& id) { return is_foreign(session, id); };
    if (question.ids.size() > 1) std::erase_if(question.ids, foreign);
    return question;
}

/// The rows of those that answered, and what was wrong with the others.
struct Answers {
    GatheredRows rows;
    std::vector<Error> failures;
};

Result<Answers> ask(const Session& session, const Arguments& arguments, const Question& question) {
    const auto time = arguments.deadline.value_or(k_query_deadline);
    if (time.count() == 0) return Error{Errc::usage, "a query needs a --deadline above 0"};
    const std::vector<std::string> words{"query", "--rows", std::to_string(arguments.rows_most), "--time",
                                         std::to_string(time.count())};
    const PoolOrder order{question.sql, arguments.parallel, time + std::chrono::seconds{1}};
    const auto ends = fan_out(session, question.ids, words, order, k_answer_bytes_max);
    Answers answers;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < ends.size(); ++i) {
        bytes += ends[i].output.size();
        if (bytes > k_answers_bytes_max)
            return Error{Errc::failed, "the answers together are larger than 256 MiB"}.hint(
                "ask fewer tenants, or for less");
        auto failure = failure_of(session, question.ids[i], ends[i]);
        if (!failure)
            if (auto added = answers.rows.add(question.ids[i].str(), ends[i].output); !added.ok())
                failure = added.error();
        if (failure) answers.failures.push_back(*failure);
    }
    return answers;
}

/// By a job of its own: we have no SQL.
Result<GatheredRows> reduce(const GatheredRows& rows, const std::string& sql) {
    std::string output, errors;
    Result<int> code = 0;
    PoolListener listener;
    listener.said = [&](const PooledJob&, Stream stream, std::string_view text) {
        (stream == Stream::output ? output : errors) += text;
        return true;
    };
    listener.ended = [&](const PooledJob&, Result<int> end) { code = std::move(end); };
    run_pool({{"--reduce", {"--reduce"}}}, {rows.to_reduce(sql), 1, k_reduce_deadline}, listener);
    if (!code.ok()) return std::move(code).error();
    if (*code != 0) {
        const auto at = errors.find("error {");
        const auto object = parse_json(at == std::string::npos ? "" : errors.substr(at + 6));
        if (!object.ok()) return Error{Errc::failed, "--reduce: " + printable(errors)};
        const auto error = error_from(*object);
        return Error{error.code(), "--reduce: " + error.message()}.hint(error.place().hint);
    }
    GatheredRows reduced{false};
    MT_CHECK(reduced.add({}, output));
    return reduced;
}

std::string rendered(const Session& session, const Arguments& arguments, const json& document) {
    if (arguments.format == "csv") return rows_as_csv(document);
    return rows_as_table(document, session.output.colour(), session.output.width());
}

/// The rows that there are, and which are missing.
int print_partial(const Session& session, const Arguments& arguments, json document, const Answers& answers,
                  std::size_t asked) {
    const Error error{Errc::failed,
                      std::to_string(answers.failures.size()) + " of " + std::to_string(asked) + " tenants failed"};
    if (session.output.json_wanted()) {
        auto whole = error_document(error);
        whole["error"]["code"] = "partial";
        for (const auto& failure : answers.failures)
            document["failed"].push_back({{"id", failure.place().tenant}, {"error", error_object(failure)}});
        whole["data"] = std::move(document);
        std::cout << whole.dump(-1, ' ', false, json::error_handler_t::replace) << "\n" << std::flush;
        return cli::k_partial;
    }
    std::cout << rendered(session, arguments, document) << std::flush;
    for (const auto& failure : answers.failures) std::cerr << cli::describe_lines("error", failure);
    std::cerr << "error: " << error.message() << "\n" << std::flush;
    return cli::k_partial;
}

}  // namespace

Result<int> run_query(Session& session, const Arguments& arguments) {
    MT_TRY(const auto question, read_question(session, arguments));
    MT_TRY(const auto answers, ask(session, arguments, question));
    const auto asked = question.ids.size();
    if (asked > 0 && answers.failures.size() == asked) {
        if (asked > 1 && !session.output.json_wanted())
            session.output.note("all " + std::to_string(asked) + " tenants failed; the first:");
        return answers.failures.front();
    }
    auto document = answers.rows.document();
    if (!arguments.reduce.empty()) {
        MT_TRY(const auto reduced, reduce(answers.rows, arguments.reduce));
        document = reduced.document();
    }
    document["tenants"] = asked - answers.failures.size();
    if (!answers.failures.empty()) return print_partial(session, arguments, std::move(document), answers, asked);
    return session.output.result(document, [&](const json& rows) { return rendered(session, arguments, rows); });
}

}  // namespace mt::mtm
