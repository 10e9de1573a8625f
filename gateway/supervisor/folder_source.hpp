#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <filesystem>
#include <set>
#include <unordered_map>

#include "gateway/supervisor/lifeline.hpp"
#include "gateway/supervisor/tenant_source.hpp"

namespace mt::gateway {

/// tenants/ as the desired state. inotify on the root, on each tenant's folder and on its models/ only triggers; contents are
/// compared, events within 20 ms are one, and a slow rescan finds what was missed (no watches left, queue overflow, NFS).
class FolderSource : public TenantSource {
public:
    FolderSource(boost::asio::io_context& io, std::filesystem::path root, std::chrono::milliseconds rescan_every);

    Result<std::vector<TenantSpec>> snapshot() override;
    std::optional<TenantSpec> read(const TenantId& id) override;
    void watch(std::function<void(const TenantId&)> changed) override;
    void rescan() override;

private:
    struct Known {
        std::string signature;  ///< empty: never looked at
        std::vector<std::filesystem::path> named;  ///< files that its command names
        int folder_watch = -1, models_watch = -1;
    };

    Result<std::vector<TenantId>> list();
    TenantSpec read_tenant_file(const TenantId& id) const;
    void watch_folder(const TenantId& id, Known& known);
    void unwatch(Known& known);
    int add_watch(const std::filesystem::path& folder);
    void wait_for_events();
    void take_events();
    void mark(const TenantId& id);
    void report_marked();
    void begin_pass();
    void continue_pass();
    void inspect(const TenantId& id);

    boost::asio::io_context& io_;
    std::filesystem::path root_;
    std::chrono::milliseconds rescan_every_;
    std::function<void(const TenantId&)> changed_;
    boost::asio::posix::stream_descriptor events_;
    boost::asio::steady_timer settle_timer_, rescan_timer_;
    std::chrono::steady_clock::time_point first_mark_;
    int root_watch_ = -1;
    bool watches_exhausted_ = false, in_pass_ = false;
    std::unordered_map<TenantId, Known> known_;
    std::unordered_map<int, TenantId> by_watch_;
    std::set<TenantId> marked_;
    std::vector<TenantId> pass_;  ///< what the running pass still looks at
    std::set<std::string> warned_;
    Lifeline lifeline_;
};

}  // namespace mt::gateway
