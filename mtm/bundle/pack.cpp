#include "mtm/bundle/pack.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/tenant_config.hpp"
#include "base/units.hpp"
#include "mtm/bundle/secrets.hpp"
#include "mtm/bundle/writer.hpp"
#include "mtm/folder_files.hpp"
#include "mtm/stream_job.hpp"

namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t k_chunk_bytes = 1u << 20, k_read_bytes = 128u << 10, k_config_bytes_max = 16u << 20;

/// What `tenant-app … dump-rows` prints, line by line.
class RowStream {
public:
    explicit RowStream(StreamJob job) : job_(std::move(job)) {}

    /// The next line with its end, valid until the next call; nothing at the end of the stream.
    Result<std::optional<std::string_view>> next() {
        for (;;) {
            const auto end = text_.find('\n', scanned_);
            if (end != std::string::npos) {
                const std::string_view line{text_.data() + begin_, end + 1 - begin_};
                begin_ = scanned_ = end + 1;
                return std::optional{line};
            }
            text_.erase(0, begin_);
            begin_ = 0;
            scanned_ = text_.size();
            text_.resize(scanned_ + k_read_bytes);
            const auto got = ::read(job_.stream().get(), text_.data() + scanned_, k_read_bytes);
            text_.resize(scanned_ + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return errno_error("read the rows");
            if (got == 0) return std::optional<std::string_view>{};
        }
    }
    Status finish() {
        MT_TRY(const auto printed, job_.finish());
        static_cast<void>(printed);
        return {};
    }

private:
    StreamJob job_;
    std::string text_;
    std::size_t begin_ = 0, scanned_ = 0;
};

class Packing {
public:
    Packing(const TenantId& id, const fs::path& folder, const std::string& display, const PackOptions& options, int out,
            Progress& progress)
        : id_(id), folder_(folder), display_(display), options_(options), writer_(out), progress_(progress) {}

    Result<json> run() {
        MT_TRY(const auto config, read_tenant_config(folder_ / "tenant.json", display_ + "/tenant.json"));
        const bool ours = !config.upstream && !config.is_command();
        if (ours) MT_CHECK(start_rows());
        if (config.is_command())
            left_out_.push_back("one moment for all: a program's files were read while it may have written them");
        MT_CHECK(write_manifest(config.key));
        MT_CHECK(write_files());
        if (rows_) MT_CHECK(write_rows());
        MT_CHECK(writer_.finish({{"rows", row_count_}, {"files", file_count_}, {"left_out", left_out_}}));
        return json{{"models", models_}, {"rows", row_count_}, {"files", file_count_}, {"bytes", writer_.bytes()},
            {"left_out", left_out_}};
    }

private:
    Status start_rows() {
        MT_TRY(auto job, StreamJob::reading(id_, folder_, display_, {"dump-rows"}));
        rows_.emplace(std::move(job));
        MT_TRY(const auto line, rows_->next());
        if (!line) return ended_early();
        const auto head = line->starts_with("# ") ? parse_json(line->substr(2)) : Result<json>{json()};
        if (!head.ok() || !head->is_object() || !head->contains("models"))
            return Error{Errc::failed,
                "tenant-app does not say what rows there are"}.hint("is it of the same version as mtm?");
        head_line_ = std::string{*line};
        models_ = (*head)["models"];
        for (const auto& text : head->value("left_out", json::array())) left_out_.push_back(text);
        std::uint64_t total = 0;
        for (const auto& model : models_) total += model.value("rows", std::uint64_t{0});
        progress_.expect(total);
        return {};
    }

    /// The job's own words, if it has any.
    Status ended_early() {
        MT_CHECK(rows_->finish());
        return Error{Errc::failed, "the rows were not read to their end"}.of_tenant(id_.str());
    }

    Status write_manifest(const std::string& key) {
        json manifest{{"format", k_bundle_format}, {"product", "mtg"}, {"version", MT_VERSION}, {"tenant", id_.str()},
                      {"key", key}, {"created", format_time(std::chrono::system_clock::now())},
                      {"secrets", options_.secrets}, {"models", models_}, {"left_out", left_out_}};
        if (!options_.reason.empty()) manifest["reason"] = options_.reason;
        return writer_.add("manifest.json", manifest.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
    }

    Status write_files() {
        MT_TRY(auto databases, databases_of(folder_));
        const FilesWanted wanted{true, std::move(databases)};
        const auto folder_entry = [&](const fs::path& path) -> Status {
            folders_.push_back(path.native());
            return {};
        };
        const auto file_entry = [&](FolderFile& file) -> Status {
            ++file_count_;
            const auto name = "folder/" + file.path.native();
            const auto base = file.path.native();
            const bool sources = base.starts_with("datasources.") && base.ends_with(".json");
            if (!sources || options_.secrets) return writer_.add_file({name, file.bytes, file.mode}, file.fd);
            MT_TRY(const auto text, read_file(folder_ / file.path, k_config_bytes_max));
            std::vector<std::string> emptied;
            const auto shown = without_secrets(text, emptied);
            for (const auto& pointer : emptied) left_out_.push_back("a secret: " + base + " " + pointer);
            return writer_.add(name, shown, file.mode);
        };
        MT_CHECK(for_each_tenant_file(folder_, wanted, file_entry, folder_entry));
        return writer_.add("folders.json", json(folders_).dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
    }

    Status write_rows() {
        MT_CHECK(writer_.add("rows/head", head_line_));
        std::string chunk, model;
        std::size_t number = 0;
        bool whole = false;
        const auto close = [&]() -> Status {
            if (chunk.empty()) return {};
            char name[32];
            std::snprintf(name, sizeof name, "%06zu.ndjson", ++number);
            auto added = writer_.add("rows/" + model + "/" + name, chunk);
            chunk.clear();
            return added;
        };
        for (;;) {
            MT_TRY(const auto line, rows_->next());
            if (!line) break;
            whole = *line == ".\n";
            if (line->starts_with('@')) {
                MT_CHECK(close());
                model = std::string{line->substr(1, line->size() - 2)};
                number = 0;
            } else if (!whole) {
                chunk += *line;
                ++row_count_;
                progress_.add(1);
                if (chunk.size() >= k_chunk_bytes) MT_CHECK(close());
            }
        }
        if (!whole) return ended_early();
        MT_CHECK(close());
        return rows_->finish();
    }

    const TenantId& id_;
    const fs::path& folder_;
    const std::string& display_;
    const PackOptions& options_;
    BundleWriter writer_;
    Progress& progress_;
    std::optional<RowStream> rows_;
    std::string head_line_;
    json models_ = json::array(), left_out_ = json::array();
    std::vector<std::string> folders_;
    std::uint64_t row_count_ = 0, file_count_ = 0;
};

}  // namespace

Result<json> pack(const TenantId& id, const fs::path& folder, const std::string& display, const PackOptions& options,
                  int out, Progress& progress) {
    auto packed = Packing{id, folder, display, options, out, progress}.run();
    if (!packed.ok() && packed.error().place().tenant.empty()) return std::move(packed).error().of_tenant(id.str());
    return packed;
}

}  // namespace mt::mtm
