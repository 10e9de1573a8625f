#include "tenant-app/jobs/export_rows.hpp"

#include <boost/asio/co_spawn.hpp>
#include <cerrno>
#include <set>

#include "tenant-app/data/carried.hpp"
#include "tenant-app/jobs/csv.hpp"
#include "tenant-app/jobs/dump_rows.hpp"
#include "tenant-app/query/js.hpp"

namespace mt::app {

namespace {

constexpr std::size_t k_export_bytes = 256u << 10, k_columns_max = 1'000;

class Export {
public:
    Export(const Model& model, Connector& connector, RowFormat format, std::FILE* out)
        : model_(model), connector_(connector), format_(format), out_(out) {}

    asio::awaitable<Status> run() {
        if (auto* carried = dynamic_cast<Carried*>(&connector_)) MT_CO_CHECK(carried->hold_still());
        if (format_ == RowFormat::csv) MT_CO_CHECK(co_await write_header());
        const std::function<Status(const Record&)> each = [this](const Record& row) -> Status {
            if (format_ == RowFormat::ndjson) append_row(text_, model_, row);
            else append_record(row);
            return text_.size() < k_export_bytes ? Status{} : flush();
        };
        MT_CO_CHECK(co_await for_each_row(connector_, model_, each));
        MT_CO_CHECK(flush());
        if (std::fflush(out_) != 0) co_return errno_error("write the rows");
        co_return Status{};
    }

private:
    Status flush() {
        const bool written = std::fwrite(text_.data(), 1, text_.size(), out_) == text_.size();
        text_.clear();
        return written ? Status{} : Status{errno_error("write the rows")};
    }

    /// A first look at all rows: which names they have beyond the model's.
    asio::awaitable<Status> write_header() {
        const std::function<Status(const Record&)> each = [this](const Record& row) -> Status {
            if (row.extra.is_object())
                for (const auto& [name, value] : row.extra.items())
                    if (!model_.find_property(name)) more_.insert(name);
            if (more_.size() <= k_columns_max) return {};
            return Error{Errc::failed, "the rows have more than " + std::to_string(k_columns_max) +
                " names beside the model's"}.hint(
                "take ndjson: --format ndjson");
        };
        if (model_.strict == Model::Strict::loose) MT_CO_CHECK(co_await for_each_row(connector_, model_, each));
        for (const auto& property : model_.properties) cell(property.name);
        for (const auto& name : more_) cell(name);
        end_record();
        co_return Status{};
    }

    void append_record(const Record& row) {
        for (std::size_t i = 0; i < row.values.size(); ++i) {
            const auto& property = model_.properties[i];
            const bool plain = !property.array && (property.type == Type::string || property.type == Type::date);
            value_cell(row.values[i], plain);
        }
        for (const auto& name : more_) {
            const auto found = row.extra.is_object() ? row.extra.find(name) : row.extra.end();
            value_cell(row.extra.is_object() && found != row.extra.end() ? *found : json(), false);
        }
        end_record();
    }

    /// `plain`: the reader knows that it is a text.
    void value_cell(const json& value, bool plain) {
        if (value.is_null() || is_undefined(value)) {
            text_ += ',';
            return;
        }
        cell(plain && value.is_string() ? value.get_ref<const std::string&>() : js::to_json(value));
    }

    void cell(std::string_view content) {
        append_cell(text_, content);
        text_ += ',';
    }
    void end_record() {
        text_.pop_back();
        text_ += "\r\n";
    }

    const Model& model_;
    Connector& connector_;
    RowFormat format_;
    std::FILE* out_;
    std::string text_;
    std::set<std::string> more_;
};

asio::awaitable<void> keep_exporting(Export& work,
    std::optional<Status>& result) { result.emplace(co_await work.run()); }

}  // namespace

Status export_rows(asio::io_context& io, const Model& model, Connector& connector, RowFormat format, std::FILE* out) {
    Export work{model, connector, format, out};
    std::optional<Status> result;
    asio::co_spawn(io, keep_exporting(work, result), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    });
    io.run();
    return result ? *result : Status{Error{Errc::failed, "the rows were not read to their end"}};
}

}  // namespace mt::app
