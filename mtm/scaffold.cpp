#include "mtm/scaffold.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/files.hpp"
#include "base/layout.hpp"
#include "base/next_step.hpp"
#include "base/printable.hpp"
#include "mtm/edit_json.hpp"

namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

Status make_folder(const fs::path& path) {
    std::error_code error;
    fs::create_directory(path, error);
    if (error)
        return Error{Errc::failed, "create " + path.native() + ": " + error.message()}.hint(
            std::string{next_step(error.value())});
    return sync_folder(path.parent_path());
}

std::vector<std::string> template_names(const fs::path& user, const fs::path& installed) {
    std::vector<std::string> names;
    for (const auto& folder : {user, installed}) {
        std::error_code error;
        for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error))
            if (std::error_code ignored; at->is_directory(ignored)) names.push_back(at->path().filename().native());
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

Status copy_tree(const fs::path& from, const fs::path& to, int depth) {
    // Bounded, so that a template made of links in a circle ends; links and devices are not copied at all.
    if (depth > 16) return Error{Errc::invalid_config, "the template " + from.native() + " is nested too deeply"};
    std::error_code error;
    for (fs::directory_iterator at{from, error}, end; !error && at != end; at.increment(error)) {
        const auto target = to / at->path().filename();
        const auto kind = at->symlink_status(error).type();
        if (error) break;
        if (kind == fs::file_type::directory) {
            MT_CHECK(make_folder(target));
            MT_CHECK(copy_tree(at->path(), target, depth + 1));
        } else if (kind == fs::file_type::regular) {
            MT_TRY(const auto content, read_file(at->path()));
            MT_CHECK(write_file(target, content, at->path().filename() == "datasources.json" ? 0600 : 0644));
        } else {
            return Error{Errc::invalid_config, at->path().native() + " is neither a file nor a folder"}.hint(
                "a template holds plain files and folders only");
        }
    }
    if (error) return Error{Errc::failed, "read " + from.native() + ": " + error.message()};
    return {};
}

Status set_key(const fs::path& folder) {
    MT_TRY(auto tenant, read_optional_object(folder / "tenant.json", {}));
    MT_TRY(tenant.root["key"], fresh_key());
    return write_object(tenant);
}

Status set_connector(const fs::path& folder, const std::string& connector) {
    MT_TRY(auto datasources, read_object(folder / "datasources.json", {}));
    // What else the template says belongs to its own connector: a memory `db` has no file.
    datasources.root["db"] = {{"name", "db"}, {"connector", connector}};
    if (connector == "sqlite3") datasources.root["db"]["file"] = "data/db.sqlite3";
    return write_object(datasources);
}

}  // namespace

Result<std::string> fresh_key() {
    static constexpr std::string_view alphabet = "abcdefghijkmnpqrstuvwxyz23456789";  // 32 signs, none that look alike
    static_assert(alphabet.size() == 32);
    std::array<unsigned char, 8> random{};
    if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) return errno_error("getrandom");
    std::string key;
    for (const auto byte : random) key += alphabet[key.empty() ? byte % 24 : byte % 32];
    return key;
}

Result<fs::path> find_template(const fs::path& tenants_templates, const std::string& name) {
    const auto installed = share_folder() / "templates";
    const auto names = template_names(tenants_templates, installed);
    // By the list, not by the path: `--template ../foo` must not reach outside.
    if (std::find(names.begin(), names.end(), name) == names.end()) {
        std::string known;
        for (const auto& each : names) known += (known.empty() ? "" : " ") + each;
        return Error{Errc::usage, "there is no template " + in_quotes(name)}.hint(
            known.empty() ? "no template is installed in " + installed.native() : "there are: " + known);
    }
    std::error_code ignored;
    return fs::is_directory(tenants_templates / name, ignored) ? tenants_templates / name : installed / name;
}

Status fill(const fs::path& target, const Scaffold& scaffold) {
    MT_CHECK(copy_tree(scaffold.folder, target, 0));
    if (!scaffold.connector.empty()) MT_CHECK(set_connector(target, scaffold.connector));
    return finish(target);
}

Status finish(const fs::path& target) {
    std::error_code ignored;
    for (const auto* folder : {"models", "data"})
        if (!fs::is_directory(target / folder, ignored)) MT_CHECK(make_folder(target / folder));
    MT_CHECK(set_key(target));
    return sync_folder(target);
}

}  // namespace mt::mtm
