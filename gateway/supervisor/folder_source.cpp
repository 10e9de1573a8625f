#include "gateway/supervisor/folder_source.hpp"

#include <dirent.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/files.hpp"
#include "base/log.hpp"
#include "gateway/supervisor/revision.hpp"

namespace mt::gateway {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::uint32_t k_root_events = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR;
// Not IN_MODIFY: a file is read when its writer closes it, not at every write of his.
constexpr std::uint32_t k_folder_events = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR;
constexpr milliseconds k_settle{20}, k_settle_max{200};
constexpr std::size_t k_pass_step = 15;  // tenants looked at between two turns of the loop: about a millisecond

}  // namespace

FolderSource::FolderSource(boost::asio::io_context& io, fs::path root, milliseconds rescan_every)
    : io_(io), root_(std::move(root)), rescan_every_(rescan_every), events_(io), settle_timer_(io), rescan_timer_(io) {}

Result<std::vector<TenantId>> FolderSource::list() {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream{::opendir(root_.c_str()), ::closedir};
    if (!stream) return errno_error("open", root_.native());
    std::vector<TenantId> ids;
    while (const dirent* entry = ::readdir(stream.get())) {
        const std::string_view name = entry->d_name;
        if (name.starts_with(".")) continue;
        const bool is_link = entry->d_type == DT_LNK;
        const bool is_folder = entry->d_type == DT_DIR || (entry->d_type == DT_UNKNOWN && is_real_folder(root_ / name));
        if (!is_folder && !is_link) continue;
        if (is_folder && TenantId::is_valid(name)) {
            ids.push_back(*TenantId::parse(name));
        } else if (warned_.size() < 1000 && warned_.insert(std::string{name}).second) {
            // Two names for one folder would be two workers on one database.
            log::warn("event=folder_ignored folder=" + log::quote(name) + " reason=" +
                      log::quote(is_link ? "a symbolic link: a tenant is a folder of its own; mount it here instead" : "not a tenant id: [a-z0-9]{1,63}"));
        }
    }
    return ids;
}

TenantSpec FolderSource::read_tenant_file(const TenantId& id) const {
    TenantSpec spec{id, {}, {}, false, std::nullopt};
    auto config = read_tenant_config(root_ / id.str() / "tenant.json");
    if (config.ok()) spec.config = *std::move(config);
    else spec.error = std::move(config).error().of_tenant(id.str());
    return spec;
}

Result<std::vector<TenantSpec>> FolderSource::snapshot() {
    MT_TRY(const auto ids, list());
    std::vector<TenantSpec> specs;
    specs.reserve(ids.size());
    for (const auto& id : ids) {
        known_.try_emplace(id);
        specs.push_back(read_tenant_file(id));
    }
    return specs;
}

std::optional<TenantSpec> FolderSource::read(const TenantId& id) {
    const auto folder = root_ / id.str();
    auto& known = known_[id];
    if (events_.is_open()) watch_folder(id, known);  // before reading: what changes from here on is an event
    auto signature = folder_signature(folder, known.named);
    if (signature.empty()) {
        unwatch(known);
        known_.erase(id);
        return std::nullopt;
    }
    auto spec = read_tenant_file(id);
    // As long as tenant.json is broken, its last good content counts.
    if (auto named = spec.error ? known.named : files_of(spec.config.command, folder); named != known.named) {
        known.named = std::move(named);
        signature = folder_signature(folder, known.named);
    }
    known.signature = std::move(signature);
    const bool command = spec.config.is_command();
    spec.revision = command ? read_revision(spec.config.command, folder) : read_revision(folder);
    spec.in_memory = !command && has_memory_datasource(folder);
    return spec;
}

void FolderSource::watch(std::function<void(const TenantId&)> changed) {
    changed_ = std::move(changed);
    const int events = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (events >= 0) {
        events_.assign(events);
        root_watch_ = ::inotify_add_watch(events, root_.c_str(), k_root_events);
        wait_for_events();
    } else {
        log::warn(std::string{"event=watch_failed hint=\"changes are found by rescanning\" error="} + log::quote(std::strerror(errno)));
    }
    begin_pass();
}

void FolderSource::rescan() { begin_pass(); }

int FolderSource::add_watch(const fs::path& folder) {
    const int watch = ::inotify_add_watch(events_.native_handle(), folder.c_str(), k_folder_events);
    if (watch < 0 && errno == ENOSPC && !std::exchange(watches_exhausted_, true))
        log::warn("event=watches_exhausted hint=\"raise fs.inotify.max_user_watches; until then changes are found by rescanning\"");
    return watch;
}

void FolderSource::watch_folder(const TenantId& id, Known& known) {
    // Adding a watch twice answers the same number; another number means that another folder stands there now.
    const auto renew = [&](int& held, const fs::path& folder) {
        const int now = add_watch(folder);
        if (held >= 0 && held != now) {
            if (const auto owner = by_watch_.find(held); owner != by_watch_.end() && owner->second == id) {
                by_watch_.erase(owner);
                ::inotify_rm_watch(events_.native_handle(), held);
            }
        }
        held = now;
        if (now >= 0) by_watch_.insert_or_assign(now, id);
    };
    renew(known.folder_watch, root_ / id.str());
    renew(known.models_watch, root_ / id.str() / "models");
}

void FolderSource::unwatch(Known& known) {
    for (int* watch : {&known.folder_watch, &known.models_watch}) {
        if (*watch >= 0 && by_watch_.erase(*watch)) ::inotify_rm_watch(events_.native_handle(), *watch);
        *watch = -1;
    }
}

void FolderSource::wait_for_events() {
    events_.async_wait(boost::asio::posix::stream_descriptor::wait_read, lifeline_.guard([this](boost::system::error_code error) {
        if (error) return;
        take_events();
        wait_for_events();
    }));
}

void FolderSource::take_events() {
    alignas(inotify_event) std::array<char, 64 << 10> buffer;
    const auto got = ::read(events_.native_handle(), buffer.data(), buffer.size());
    for (std::ptrdiff_t at = 0; at < got;) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
        at += static_cast<std::ptrdiff_t>(sizeof(inotify_event) + event->len);
        if (event->mask & IN_Q_OVERFLOW) {
            log::warn("event=watch_overflow hint=\"rescanning\"");
            begin_pass();
        } else if (event->wd == root_watch_) {
            if (event->len && TenantId::is_valid(event->name)) mark(*TenantId::parse(event->name));
        } else if (const auto found = by_watch_.find(event->wd); found != by_watch_.end()) {
            const auto id = found->second;
            if (event->mask & IN_IGNORED) by_watch_.erase(found);
            const std::string_view name = event->len ? event->name : "";
            if (!name.starts_with(".")) mark(id);
        }
    }
}

void FolderSource::mark(const TenantId& id) {
    const auto now = steady_clock::now();
    if (marked_.empty()) first_mark_ = now;
    marked_.insert(id);
    // Each event puts the reading off, so that a copy of a whole folder is one change; but not for ever.
    settle_timer_.expires_at(std::min(now + k_settle, first_mark_ + k_settle_max));
    settle_timer_.async_wait(lifeline_.guard([this](boost::system::error_code error) {
        if (!error) report_marked();
    }));
}

void FolderSource::report_marked() {
    const auto marked = std::exchange(marked_, {});
    // Those that are gone first: a renamed folder keeps its watch number, and dropping it must not hit the new name's.
    std::vector<TenantId> present;
    for (const auto& id : marked) {
        if (is_real_folder(root_ / id.str())) present.push_back(id);
        else if (known_.contains(id)) changed_(id);
    }
    for (const auto& id : present) changed_(id);
}

void FolderSource::begin_pass() {
    if (!changed_) return;
    rescan_timer_.expires_after(rescan_every_);
    rescan_timer_.async_wait(lifeline_.guard([this](boost::system::error_code error) {
        if (!error) begin_pass();
    }));
    auto ids = list();
    if (!ids.ok()) {
        // No information is not "no tenants": everything goes on as it is.
        log::error("event=rescan_failed error=" + log::quote(ids.error().message()));
        return;
    }
    if (events_.is_open()) root_watch_ = ::inotify_add_watch(events_.native_handle(), root_.c_str(), k_root_events);  // it may be another folder
    std::set<TenantId> all{ids->begin(), ids->end()};
    for (const auto& [id, known] : known_) all.insert(id);
    pass_.assign(all.begin(), all.end());
    if (!std::exchange(in_pass_, true)) continue_pass();
}

void FolderSource::continue_pass() {
    for (std::size_t i = 0; i < k_pass_step && !pass_.empty(); ++i) {
        const auto id = pass_.back();
        pass_.pop_back();
        inspect(id);
    }
    if (pass_.empty()) in_pass_ = false;
    else boost::asio::post(io_, lifeline_.guard([this] { continue_pass(); }));
}

void FolderSource::inspect(const TenantId& id) {
    const auto found = known_.find(id);
    if (found == known_.end()) return changed_(id);
    auto& known = found->second;
    if (events_.is_open()) watch_folder(id, known);
    auto signature = folder_signature(root_ / id.str(), known.named);
    if (signature == known.signature) return;
    // The first look at a tenant of the snapshot: no worker has read it yet, so there is nothing to compare with.
    const bool first_look = std::exchange(known.signature, std::move(signature)).empty();
    if (!first_look || known.signature.empty()) changed_(id);
}

}  // namespace mt::gateway
