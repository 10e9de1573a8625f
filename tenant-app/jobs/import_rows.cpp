#include "tenant-app/jobs/import_rows.hpp"

#include <boost/asio/co_spawn.hpp>

#include "tenant-app/auth/password.hpp"
#include "tenant-app/crud/draft.hpp"
#include "tenant-app/jobs/csv.hpp"
#include "tenant-app/jobs/line_reader.hpp"
#include "tenant-app/jobs/row_writer.hpp"

namespace mt::app {

namespace {

constexpr std::size_t k_refusals_max = 100;

/// One row as it came; nothing at the end. An error is about the row if `line` is set, else about everything.
struct Incoming {
    std::size_t line = 0;
    Result<json> data{json()};
};
using Next = Result<std::optional<Incoming>>;

class JsonRows {
public:
    explicit JsonRows(std::FILE* in) : lines_(in) {}

    Next next() {
        std::string_view line;
        do {
            MT_TRY(const bool more, lines_.next(line));
            if (!more) return std::optional<Incoming>{};
        } while (line.find_first_not_of(" \t\r") == std::string_view::npos);
        auto data = parse_json(line);
        if (data.ok() && !data->is_object()) data = Error{Errc::bad_request, "no JSON object"};
        return std::optional{Incoming{lines_.number(), std::move(data)}};
    }

private:
    LineReader lines_;
};

class CsvRows {
public:
    CsvRows(const Model& model, std::FILE* in) : model_(model), reader_(in) {}

    Next next() {
        std::vector<CsvCell> cells;
        if (header_.empty()) MT_CHECK(read_header());
        auto more = reader_.next(cells);
        // Behind broken quotes nobody knows where the next record begins.
        if (!more.ok()) return Error{more.error().code(), "line " + std::to_string(reader_.line()) + ": " +
            more.error().message()};
        if (!*more) return std::optional<Incoming>{};
        return std::optional{Incoming{reader_.line(), to_object(cells)}};
    }

private:
    Status read_header() {
        std::vector<CsvCell> cells;
        auto more = reader_.next(cells);
        if (!more.ok()) return std::move(more).error();
        if (!*more) return Error{Errc::bad_request, "it has no header: the first line names the columns"};
        bool any = false;
        for (auto& cell : cells) {
            any |= model_.find_property(cell.text).has_value();
            header_.push_back(std::move(cell.text));
        }
        if (any) return {};
        return Error{Errc::bad_request, "no column of the first line is a property of " + model_.name}.hint(
            "the first line names the columns; mtm model show lists the properties");
    }

    Result<json> to_object(const std::vector<CsvCell>& cells) const {
        if (cells.size() != header_.size())
            return Error{Errc::bad_request, std::to_string(cells.size()) + " cells where the header has " +
                std::to_string(header_.size())};
        auto object = json::object();
        for (std::size_t i = 0; i < cells.size(); ++i)
            if (!cells[i].text.empty() || cells[i].quoted) object[header_[i]] = value_of(header_[i], cells[i].text);
        return object;
    }

    json value_of(const std::string& name, const std::string& text) const {
        const auto at = model_.find_property(name);
        const auto* property = at ? &model_.properties[*at] : nullptr;
        if (property && !property->array && (property->type == Type::string ||
            property->type == Type::date)) return text;
        auto value = parse_json(text);
        return value.ok() ? *std::move(value) : json(text);
    }

    const Model& model_;
    CsvReader reader_;
    std::vector<std::string> header_;
};

class Import {
public:
    Import(const Model& model, const Repository::FindConnector& connector_of, const ImportOrder& order, std::FILE* in)
        : model_(model), order_(order), json_(in), csv_(model, in), writer_(connector_of) {}

    asio::awaitable<Result<Imported>> run() {
        if (!order_.go_on && !writer_.is_atomic(model_))
            co_return Error{Errc::usage, "the database of " + model_.name + " cannot take all rows or none"}.hint(
                "with --continue the rows are made one by one");
        for (;;) {
            MT_CO_TRY(auto incoming, order_.format == RowFormat::csv ? csv_.next() : json_.next());
            if (!incoming) break;
            const auto line = incoming->line;
            auto record = record_of(*std::move(incoming));
            if (!record.ok()) {
                refuse(line, record.error());
                continue;
            }
            if (order_.dry_run && !writer_.is_atomic(model_)) {
                ++done_.rows;
                continue;
            }
            const auto made = co_await writer_.add(model_, *record);
            if (made.ok()) ++done_.rows;
            else if (made.error().code() == Errc::conflict || made.error().code() == Errc::bad_request) refuse(line,
                made.error());
            else co_return made.error();
        }
        const bool takes_place = !order_.dry_run && (done_.refused == 0 || order_.go_on);
        if (takes_place) MT_CO_CHECK(writer_.commit());
        else if (!order_.dry_run) done_.rows = 0;
        co_return done_;
    }

private:
    Result<Record> record_of(Incoming incoming) const {
        MT_TRY(const auto data, std::move(incoming.data));
        MT_TRY(auto draft, make_draft(model_, data));
        apply_defaults(model_, draft.record);
        MT_CHECK(validate(model_, draft.record, draft, false));
        MT_CHECK(check_password_is_hash(draft.record));
        return std::move(draft.record);
    }

    Status check_password_is_hash(const Record& record) const {
        const auto at = model_.builtin == BuiltIn::user ? model_.find_property("password") : std::nullopt;
        if (!at || !record.values[*at].is_string()) return {};
        const auto& password = record.values[*at].get_ref<const std::string&>();
        if (is_loopback_hash(password) || password.starts_with("$argon2")) return {};
        return Error{Errc::validation, "the password is no hash; a user with a new password is made by POST /Users"};
    }

    void refuse(std::size_t line, const Error& error) {
        ++done_.refused;
        if (done_.refusals.size() < k_refusals_max) done_.refusals.push_back({line, error.message()});
    }

    const Model& model_;
    const ImportOrder& order_;
    JsonRows json_;
    CsvRows csv_;
    RowWriter writer_;
    Imported done_;
};

asio::awaitable<void> keep_importing(Import& work,
    std::optional<Result<Imported>>& result) { result.emplace(co_await work.run()); }

}  // namespace

Result<Imported> import_rows(asio::io_context& io, const Model& model, const Repository::FindConnector& connector_of,
                             const ImportOrder& order, std::FILE* in) {
    Import work{model, connector_of, order, in};
    std::optional<Result<Imported>> result;
    asio::co_spawn(io, keep_importing(work, result), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    });
    io.run();
    return result ? *std::move(result) : Result<Imported>{Error{Errc::failed, "the rows were not made"}};
}

json imported_document(const Imported& imported) {
    auto refusals = json::array();
    for (const auto& [line, message] : imported.refusals) refusals.push_back({{"line", line}, {"message", message}});
    return {{"rows", imported.rows}, {"refused", imported.refused}, {"refusals", std::move(refusals)}};
}

}  // namespace mt::app
