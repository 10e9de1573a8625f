#include "mtm/bundle/unpack.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <optional>

#include "mtm/bundle/pack.hpp"
#include "mtm/copy_tenant.hpp"
#include "mtm/server_place.hpp"
#include "mtm/stream_job.hpp"

namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t k_small_entry_bytes_max = 64u << 20;

Status write_out(int fd, std::string_view bytes, const std::string& what) {
    while (!bytes.empty()) {
        const auto put = ::write(fd, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return errno_error("write", what);
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
}

Status make_folders(const fs::path& path) {
    std::error_code error;
    fs::create_directories(path, error);
    if (error) return Error{Errc::failed, "create " + path.native() + ": " + error.message()};
    return {};
}

class Unpacking {
public:
    Unpacking(BundleReader& bundle, const TenantId& id, const fs::path& target, const std::string& display,
        Progress& progress)
        : bundle_(bundle), id_(id), target_(target), display_(display), progress_(progress) {}

    Result<json> run() {
        for (;;) {
            MT_TRY(const auto entry, bundle_.next());
            if (!entry) break;
            MT_CHECK(take(*entry));
        }
        if (job_) MT_CHECK(end_rows());
        if (bundle_.end().value("rows", std::uint64_t{0}) != rows_)
            return Error{Errc::failed, "not all rows could be made: " + std::to_string(rows_) + " of " +
                bundle_.end()["rows"].dump()};
        MT_CHECK(sync_tree(target_));
        return json{{"rows", rows_}, {"files", files_}};
    }

private:
    Status take(const TarEntry& entry) {
        const std::string_view name = entry.name;
        if (name.starts_with("folder/")) return take_file(entry);
        if (name == "folders.json") return take_folders();
        if (name == "rows/head") return begin_rows();
        if (name.starts_with("rows/") && job_) return take_rows(name);
        return Error{Errc::failed, "the bundle holds an entry that no bundle has: " + entry.name};
    }

    Status take_file(const TarEntry& entry) {
        const auto path = target_ / entry.name.substr(std::string_view{"folder/"}.size());
        MT_CHECK(make_folders(path.parent_path()));
        const Fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, entry.mode | 0600)};
        if (!file) return errno_error("create", path.native());
        ++files_;
        for (;;) {
            MT_TRY(const auto piece, bundle_.read());
            if (piece.empty()) return {};
            MT_CHECK(write_out(file.get(), piece, path.native()));
        }
    }

    Status take_folders() {
        MT_TRY(const auto text, bundle_.read_all(k_small_entry_bytes_max));
        const auto list = parse_json(text);
        if (!list.ok() || !list->is_array()) return Error{Errc::failed, "the bundle's list of folders is damaged"};
        for (const auto& each : *list) {
            const fs::path path = each.is_string() ? each.get<std::string>() : std::string{};
            const bool safe = !path.empty() && path.is_relative() && path.lexically_normal() == path &&
                *path.begin() != "..";
            if (!safe) return Error{Errc::failed, "the bundle's list of folders is damaged"};
            MT_CHECK(make_folders(target_ / path));
        }
        return {};
    }

    Status begin_rows() {
        for (const auto* folder : {"data", "models"}) MT_CHECK(make_folders(target_ / folder));
        MT_CHECK(refuse_place());
        MT_TRY(const auto head, bundle_.read_all(k_small_entry_bytes_max));
        MT_TRY(auto job, StreamJob::writing(id_, target_, display_, {"load-dump"}));
        job_.emplace(std::move(job));
        return feed(head);
    }

    /// The login in the bundle is that of the tenant it was made of, whose rows would be written over.
    Status refuse_place() const {
        MT_TRY(const auto place, place_of(target_));
        if (!place) return {};
        return Error{Errc::failed, "its rows were on the server " + place->server + ", where mtm makes no place for a bundle's yet"}
            .of_tenant(id_.str())
            .hint("make a tenant with mtm add --datasource " + place->server + ", then mtm import the rows that mtm export wrote");
    }

    Status take_rows(std::string_view name) {
        const auto model = name.substr(5, name.rfind('/') - 5);
        if (model != model_) {
            model_ = std::string{model};
            MT_CHECK(feed("@" + model_ + "\n"));
        }
        for (;;) {
            MT_TRY(const auto piece, bundle_.read());
            if (piece.empty()) return {};
            progress_.add(static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), '\n')));
            MT_CHECK(feed(piece));
        }
    }

    /// A job that has ended says why; that its pipe is broken says nothing.
    Status feed(std::string_view bytes) {
        auto fed = write_out(job_->stream().get(), bytes, "the rows");
        if (fed.ok()) return fed;
        MT_TRY(const auto printed, job_->finish());
        static_cast<void>(printed);
        return fed;
    }

    Status end_rows() {
        MT_CHECK(feed(".\n"));
        MT_TRY(const auto printed, job_->finish());
        const auto document = parse_json(printed);
        if (!document.ok() || !document->is_object() || !document->contains("data"))
            return Error{Errc::failed,
                "tenant-app does not say how many rows it made"}.hint("is it of the same version as mtm?");
        rows_ = (*document)["data"].value("rows", std::uint64_t{0});
        return {};
    }

    BundleReader& bundle_;
    const TenantId& id_;
    const fs::path& target_;
    const std::string& display_;
    Progress& progress_;
    std::optional<StreamJob> job_;
    std::string model_;
    std::uint64_t rows_ = 0, files_ = 0;
};

}  // namespace

Result<json> read_manifest(BundleReader& bundle) {
    MT_TRY(const auto entry, bundle.next());
    if (!entry || entry->name != "manifest.json") return Error{Errc::failed, "this is no bundle of mtm dump"};
    MT_TRY(const auto text, bundle.read_all(k_small_entry_bytes_max));
    auto manifest = parse_json(text);
    const bool readable = manifest.ok() && manifest->is_object() && manifest->contains("format") &&
        (*manifest)["format"].is_number_integer() &&
                          manifest->contains("tenant") && (*manifest)["tenant"].is_string();
    if (!readable) return Error{Errc::failed, "this is no bundle of mtm dump: its manifest cannot be read"};
    const auto format = (*manifest)["format"].get<std::int64_t>();
    if (format < 1 || format > k_bundle_format)
        return Error{Errc::failed, "the bundle has format " + std::to_string(format) + "; this mtm reads up to " +
                                       std::to_string(k_bundle_format)}
            .hint("a newer mtg wrote it (" + manifest->value("version", std::string{"?"}) + "): use that one's mtm");
    return manifest;
}

Result<json> unpack(BundleReader& bundle, const TenantId& id, const fs::path& target, const std::string& display,
                    const json& manifest, Progress& progress) {
    std::uint64_t total = 0;
    if (manifest.contains("models") && manifest["models"].is_array())
        for (const auto& model : manifest["models"])
            if (model.is_object() && model.contains("rows") &&
                model["rows"].is_number_unsigned()) total += model["rows"].get<std::uint64_t>();
    progress.expect(total);
    auto unpacked = Unpacking{bundle, id, target, display, progress}.run();
    if (!unpacked.ok() &&
        unpacked.error().place().tenant.empty()) return std::move(unpacked).error().of_tenant(id.str());
    return unpacked;
}

}  // namespace mt::mtm
