#include "mtm/run_record.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/units.hpp"

namespace mt::mtm {

namespace {

std::filesystem::path record_of(const Layout& layout,
    const std::string& verb) { return layout.tenants() / ".journal" / (verb + ".ndjson"); }

std::string now_text() { return format_time(std::chrono::system_clock::now()); }

Result<Fd> open_to_append(const std::filesystem::path& path) {
    Fd file{::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC)};
    if (!file) return errno_error("open", path.native());
    return file;
}

}  // namespace

Result<RunRecord> RunRecord::begin(const Layout& layout, const std::string& verb, const std::vector<TenantId>& ids) {
    const auto path = record_of(layout, verb);
    if (::mkdir(path.parent_path().c_str(), 0700) == 0) MT_CHECK(sync_folder(layout.tenants()));
    else if (errno != EEXIST) return errno_error("create", path.parent_path().native());
    auto names = json::array();
    for (const auto& id : ids) names.push_back(id.str());
    const json head{{"verb", verb}, {"began", now_text()}, {"tenants", std::move(names)}};
    MT_CHECK(write_file(path, head.dump() + "\n", 0600));
    MT_TRY(auto file, open_to_append(path));
    return RunRecord{std::move(file), ids};
}

Result<RunRecord> RunRecord::resume(const Layout& layout, const std::string& verb) {
    const auto path = record_of(layout, verb);
    const auto text = read_file(path);
    if (!text.ok()) return Error{Errc::not_found, "there is no run to go on with"}.hint("mtm " + verb +
        " --all begins one");
    std::istringstream lines{*text};
    std::string line;
    std::getline(lines, line);
    const auto head = parse_json(line);
    if (!head.ok() || !head->is_object() || !head->contains("tenants"))
        return Error{Errc::failed, path.native() +
            " cannot be read"}.hint("begin anew: what is done is not done twice");
    std::set<std::string> done;
    while (std::getline(lines, line)) {
        const auto row = parse_json(line);  // the last line may be half: its tenant is asked again
        if (row.ok() && row->is_object() && row->value("ok", false)) done.insert(row->value("id", std::string{}));
    }
    std::vector<TenantId> left;
    for (const auto& name : (*head)["tenants"]) {
        if (!name.is_string() || done.contains(name.get<std::string>())) continue;
        if (auto id = TenantId::parse(name.get<std::string>()); id.ok()) left.push_back(*std::move(id));
    }
    MT_TRY(auto file, open_to_append(path));
    // A half line must not swallow the next one.
    if (!text->ends_with('\n') && ::write(file.get(), "\n", 1) != 1) return errno_error("write", path.native());
    return RunRecord{std::move(file), std::move(left)};
}

Status RunRecord::note(const TenantId& id, const std::string& error) {
    json row{{"id", id.str()}, {"time", now_text()}, {"ok", error.empty()}};
    if (!error.empty()) row["error"] = error;
    const auto line = row.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    if (::write(file_.get(), line.data(),
        line.size()) != static_cast<ssize_t>(line.size())) return errno_error("write the run's record");
    if (::fdatasync(file_.get()) != 0) return errno_error("sync the run's record");
    return {};
}

}  // namespace mt::mtm
