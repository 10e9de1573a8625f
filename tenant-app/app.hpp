#pragma once
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tenant-app/crud/changes.hpp"
#include "tenant-app/crud/repository.hpp"
#include "tenant-app/rest/service.hpp"
#include "tenant-app/sandbox/plan.hpp"

namespace mt::app {

/// A tenant's folder as read, checked and, for serving, opened: the one place that knows all parts. Loop thread only.
class App {
public:
    /// Reads and checks the folder; touches no database. Fails with invalid_config, no_such_tenant.
    static Result<std::unique_ptr<App>> load(const std::filesystem::path& folder);
    ~App();

    /// What open() would say about the settings of datasources.json, without opening anything. Fails with invalid_config.
    Status check_datasources() const;
    /// Opens the datasources and makes their tables fit the models. `io` outlives the app.
    Status open(asio::io_context& io);

    /// Accepted and not acted upon, one line each.
    const std::vector<std::string>& warnings() const { return warnings_; }
    const rest::Service& service() const { return *service_; }
    Auth& auth() { return *auth_; }
    const Registry& registry() const { return registry_; }
    /// Mail does not stay in the outbox.
    bool mail_by_smtp() const { return smtp_port_.has_value(); }
    /// There is some, from before.
    bool mail_waits() const;
    /// Folders that serving writes, ports that it connects to.
    sandbox::WorkerNeeds needs() const;
    /// After open().
    Connector& connector_of(const Model& model);

private:
    App() = default;

    std::filesystem::path folder_;
    std::vector<std::string> warnings_;
    Registry registry_;
    std::filesystem::path outbox_;
    std::optional<std::uint16_t> smtp_port_;
    std::vector<std::unique_ptr<Connector>> connectors_;  ///< beside Registry::datasources
    Changes changes_;
    std::vector<std::unique_ptr<WatchedConnector>> watched_;  ///< beside connectors_
    std::unique_ptr<Repository> repository_;
    std::unique_ptr<Auth> auth_;
    std::unique_ptr<rest::Service> service_;
};

}  // namespace mt::app
