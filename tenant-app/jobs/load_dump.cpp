#include "tenant-app/jobs/load_dump.hpp"

#include <boost/asio/co_spawn.hpp>

#include "tenant-app/data/carried.hpp"
#include "tenant-app/jobs/line_reader.hpp"
#include "tenant-app/jobs/row_writer.hpp"

namespace mt::app {

namespace {

/// The rows of the stream, one after the other. Reading blocks, and nobody else uses the loop.
class Loading {
public:
    Loading(const Registry& registry, const Repository::FindConnector& connector_of, std::FILE* in)
        : registry_(registry), connector_of_(connector_of), lines_(in), writer_(connector_of) {}

    asio::awaitable<Result<std::uint64_t>> run() {
        for (;;) {
            MT_CO_TRY(const auto row, next());
            if (!row) break;
            const auto& [model, record] = *row;
            const auto made = co_await writer_.add(*model, record);
            if (!made.ok()) co_return Error{made.error().code(), model->name + ": " + made.error().message()};
            ++rows_;
        }
        co_return finish();
    }

private:
    using Row = std::optional<std::pair<const Model*, Record>>;

    Result<std::uint64_t> finish() {
        MT_CHECK(writer_.commit());
        for (const auto& [datasource, counted] : counters_.items())
            for (const auto& model : registry_.models)
                if (model->persisted && model->datasource == datasource) {
                    if (auto* carried = dynamic_cast<Carried*>(&connector_of_(*model)))
                        MT_CHECK(carried->set_counters(counted));
                    break;
                }
        return rows_;
    }

    Error broken(std::string what) const {
        return Error{Errc::invalid_config, "the rows cannot be read at line " + std::to_string(lines_.number()) + ": " +
                                               std::move(what)};
    }

    /// The next row, or nothing at the end.
    Result<Row> next() {
        std::string_view line;
        for (;;) {
            MT_TRY(const bool more, lines_.next(line));
            if (!more) return broken("the end is missing: it was cut off");
            if (line == ".") return Row{};
            if (line.starts_with("# ")) MT_CHECK(read_head(line.substr(2)));
            else if (line.starts_with("@")) MT_CHECK(enter(line.substr(1)));
            else return read_row(line);
        }
    }

    Status read_head(std::string_view text) {
        const auto head = parse_json(text);
        if (!head.ok() || !head->is_object()) return broken("no JSON object");
        if (const auto counters = head->find("counters"); counters != head->end() &&
            counters->is_object()) counters_ = *counters;
        return {};
    }

    Status enter(std::string_view name) {
        model_ = registry_.find(name);
        if (model_ && model_->persisted) return {};
        return broken("there is no model " + std::string{name.substr(0, 100)});
    }

    Result<Row> read_row(std::string_view line) const {
        if (!model_) return broken("a row before a model");
        const auto data = parse_json(line);
        if (!data.ok() || !data->is_object()) return broken("no JSON object");
        Record record{*model_};
        for (const auto& [key, value] : data->items()) {
            if (const auto at = model_->find_property(key)) {
                record.values[*at] = value;
            } else {
                if (!record.extra.is_object()) record.extra = json::object();
                record.extra[key] = value;
            }
        }
        return Row{{model_, std::move(record)}};
    }

    const Registry& registry_;
    const Repository::FindConnector& connector_of_;
    LineReader lines_;
    RowWriter writer_;
    const Model* model_ = nullptr;
    json counters_ = json::object();
    std::uint64_t rows_ = 0;
};

asio::awaitable<void> keep_loading(Loading& loading, std::optional<Result<std::uint64_t>>& result) {
    result.emplace(co_await loading.run());
}

}  // namespace

Result<std::uint64_t> load_dump(asio::io_context& io, const Registry& registry,
                                const Repository::FindConnector& connector_of, std::FILE* in) {
    Loading loading{registry, connector_of, in};
    std::optional<Result<std::uint64_t>> result;
    asio::co_spawn(io, keep_loading(loading, result), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    });
    io.run();
    return result ? *std::move(result) : Result<std::uint64_t>{Error{Errc::failed, "the rows were not made"}};
}

}  // namespace mt::app
