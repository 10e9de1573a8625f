// Ties the two halves together. The order is the point: lock, read, bind, control socket, accept; and back: stop accepting,
// let requests finish while workers are still supervised, then stop the workers.
#include "gateway/gateway.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/files.hpp"
#include "base/log.hpp"
#include "gateway/proxy/proxy.hpp"
#include "gateway/service_link.hpp"
#include "gateway/supervisor/spawn.hpp"
#include "gateway/supervisor/supervisor.hpp"
#include "gateway/ui/page.hpp"
#include "gateway/ui/sign_in.hpp"
#include "gateway/what_changed.hpp"

namespace mt::gateway {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds k_drain_grace{30}, k_run_folder_every{5};

Status make_folders(const Layout& layout) {
    std::error_code error;
    fs::create_directories(layout.tenants(), error);
    if (error)
        return Error{Errc::failed, "cannot create the tenants folder " + layout.tenants().native() + ": " + error.message()}.hint(
            "name another one: mtg start --tenants DIR");
    fs::create_directories(layout.run() / "log", error);
    if (!error) fs::permissions(layout.run(), fs::perms::owner_all, error);
    if (error)
        return Error{Errc::failed, "cannot write to " + layout.run().native() + ": " + error.message()}.hint(
            "the gateway keeps sockets and logs there; run it as the owner of the folder");
    return {};
}

/// A gateway that was just killed holds its lock, and its sockets answer, until the kernel has put it away: some 50 ms.
Result<FileLock> lock(const Layout& layout) {
    constexpr auto k_patience = std::chrono::milliseconds{500};
    const auto until = std::chrono::steady_clock::now() + k_patience;
    auto lock = FileLock::acquire(layout.gateway_lock());
    while (!lock.ok() && lock.error().code() == Errc::conflict && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
        lock = FileLock::acquire(layout.gateway_lock());
    }
    if (!lock.ok() && lock.error().code() == Errc::conflict)
        return Error{Errc::conflict, "a gateway runs on " + layout.tenants().native() + " already"}.hint(
            "mtg status shows it, mtg restart restarts it, mtg stop ends it");
    return lock;
}

/// Each connection and each worker takes some; the soft limit is often 1024 for no reason.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::vector<std::string> worker_environment(const std::vector<std::string>& names) {
    std::vector<std::string> environment;
    std::vector<std::string> wanted{"PATH", "LANG", "TZ", "NODE_ENV"};
    wanted.insert(wanted.end(), names.begin(), names.end());
    for (const auto& name : wanted)
        if (const char* value = std::getenv(name.c_str())) environment.push_back(name + "=" + value);
    return environment;
}

ProxyOptions proxy_options(const GatewayOptions& options) {
    ProxyOptions proxy;
    proxy.listen.clear();
    for (const auto& address : options.config.listen) proxy.listen.push_back({address.host, address.port});
    if (options.config.tls)
        for (const auto& address : options.config.tls->listen) proxy.listen.push_back({address.host, address.port, true});
    proxy.inherited_listeners = options.inherited_listeners;
    proxy.explorer_folder = options.explorer_folder;
    const auto limits = merge({}, options.config.limits);
    proxy.head = {limits.head_bytes, limits.request_line_bytes, limits.fields};
    proxy.head_timeout = limits.head_timeout;
    proxy.idle_timeout = limits.idle_timeout;
    proxy.write_gap = limits.body_timeout;
    proxy.connections_max = limits.connections;
    proxy.access_log = {options.config.access_log.native(), options.config.access_log_format == "json"};
    proxy.trusted_proxies = options.config.trusted_proxies;
    proxy.trace = options.config.trace == "on";
    proxy.metrics_public = options.config.metrics_public;
    proxy.metrics_tenants = options.config.metrics_tenants.value_or(proxy.metrics_tenants);
    return proxy;
}

Result<std::shared_ptr<const TlsSetup>> load_tls(const TlsConfig& config) {
    std::vector<std::string> warnings;
    auto tls = TlsSetup::load(config, warnings);
    if (tls.ok())
        for (const auto& warning : warnings) log::warn("event=tls what=" + log::quote(warning));
    return tls;
}

/// One to become a worker while the other is being made.
constexpr unsigned k_spare_workers = 2;

class Gateway {
public:
    /// `held` outlives the object.
    Gateway(const GatewayOptions& options, const FileLock& held)
        : options_(options), held_(held), signals_(io_), run_folder_timer_(io_), service_(io_),
          supervisor_(io_, SupervisorOptions{options.layout, options.worker_program,
                                             worker_environment(options.config.environment),
                                             merge({}, options.config.limits), {}, 0, options.config.compression.value_or(false),
                                             k_spare_workers, options.config.uids, options.config.resident}) {}
    ~Gateway() {
        if (drainer_.joinable()) drainer_.join();
    }

    Status start() {
        prepare_to_spawn();
        // Before there are threads: they inherit the mask and the disposition.
        std::signal(SIGPIPE, SIG_IGN);
        signals_.add(SIGINT);
        signals_.add(SIGTERM);
        signals_.add(SIGHUP);
        wait_for_signal();
        MT_CHECK(supervisor_.load());
        auto proxy = proxy_options(options_);
        if (options_.config.tls) {
            MT_TRY(proxy.tls, load_tls(*options_.config.tls));
        }
        MT_TRY(proxy_, Proxy::create(std::move(proxy), supervisor_.table(), supervisor_));
        MT_CHECK(supervisor_.serve(*proxy_, GatewayHooks{[this](bool restart) { end(restart); }, [this] { return reload(); },
                                                         [this] { return page_link(); }}));
        MT_CHECK(start_page());
        proxy_->start();
        watch_run_folder();
        service_.ready();
        return {};
    }

    GatewayEnding run() {
        io_.run();
        if (drainer_.joinable()) drainer_.join();
        return std::move(ending_);
    }

    const Proxy& proxy() const { return *proxy_; }
    /// Fails with conflict if there is no operator's page.
    Result<nlohmann::json> page_link() {
        if (page_)
            return nlohmann::json{{"url", page_->sign_in_link()},
                                  {"expires_ms", std::chrono::milliseconds{SignIn::k_token_life}.count()}};
        return Error{Errc::conflict, "this gateway has no operator's page"}.hint(
            "mtg start --ui, or \"ui\": true in mtg.json and mtg restart");
    }
    Supervisor& supervisor() { return supervisor_; }

private:
    Status start_page() {
        if (!options_.config.ui) return {};
        UiOptions page{options_.layout, *options_.config.ui, options_.config_file, options_.manager_program, options_.page_folder,
                       !options_.inherited_listeners.empty()};
        MT_TRY(page_, OperatorsPage::start(std::move(page)));
        return {};
    }

    void wait_for_signal() {
        signals_.async_wait([this](boost::system::error_code error, int number) {
            if (error) return;
            wait_for_signal();
            if (number == SIGHUP) {
                if (proxy_ && !ending_begun_) proxy_->reopen_log();
                if (const auto reloaded = reload(); !reloaded.ok())
                    log::error("event=reload_refused why=" + log::quote(describe(reloaded.error())));
                return;
            }
            log::info(std::string{"event=signal signal="} + (number == SIGINT ? "INT" : "TERM"));
            if (ending_begun_) end_at_once();
            else end(false);
        });
    }

    /// Whoever deletes the folder of the sockets cuts the gateway off: nobody could stop it, and a second one would start beside
    /// it. It restarts in place, which makes all of them anew, or ends there if another gateway has taken over.
    void watch_run_folder() {
        run_folder_timer_.expires_after(k_run_folder_every);
        run_folder_timer_.async_wait([this](boost::system::error_code error) {
            if (error || ending_begun_) return;
            if (held_.names(options_.layout.gateway_lock())) return watch_run_folder();
            log::error("event=run_folder_lost folder=" + log::quote(options_.layout.gateway_lock().parent_path().native()) +
                       " hint=\"it was deleted while the gateway runs; the gateway restarts\"");
            end(true);
        });
    }

    /// Reads mtg.json and the files it names again. All of it holds or nothing: on failure what was in force stays.
    Result<nlohmann::json> reload() {
        if (ending_begun_) return read_again();
        service_.reloading();
        auto done = read_again();
        service_.ready();
        return done;
    }

    Result<nlohmann::json> read_again() {
        auto needs_restart = nlohmann::json::array();
        if (!options_.config_file.empty()) {
            MT_TRY(const auto config, read_gateway_config(options_.config_file));
            needs_restart = changed_for_a_restart(options_.written, config);
            const bool speaks_tls = options_.config.tls.has_value();
            if (speaks_tls && config.tls) {
                MT_TRY(auto tls, load_tls(*config.tls));
                proxy_->publish_tls(std::move(tls));
            }
            supervisor_.set_budget(config.resident);
        }
        log::info("event=reloaded");
        return nlohmann::json{{"needs_restart", std::move(needs_restart)}};
    }

    void end(bool restart) {
        if (std::exchange(ending_begun_, true)) return;
        ending_.restart = restart;
        if (!proxy_) return io_.stop();
        if (restart) service_.reloading();
        else service_.stopping();
        log::info(restart ? "event=restarting" : "event=stopping");
        if (restart)  // copies that survive both the proxy and execve
            for (const int listener : proxy_->listeners()) ending_.listeners.push_back(::fcntl(listener, F_DUPFD, 10));
        supervisor_.end_streams();
        page_.reset();  // its address is free for whoever comes next
        // Proxy::stop blocks, and requests that still wait for a worker need this loop to turn.
        drainer_ = std::thread{[this, restart] {
            proxy_->stop(k_drain_grace, restart);
            asio::post(io_, [this] { supervisor_.stop([this] { finish(); }); });
        }};
    }

    void finish() {
        supervisor_.close_control();
        log::info("event=stopped");
        io_.stop();
    }

    [[noreturn]] void end_at_once() {
        log::warn("event=killed reason=\"second signal\"");
        supervisor_.stop_at_once();
        supervisor_.close_control();
        ::_exit(130);  // threads are still draining; workers die with this process
    }

    const GatewayOptions& options_;
    asio::io_context io_{1};
    const FileLock& held_;
    asio::signal_set signals_;
    asio::steady_timer run_folder_timer_;
    ServiceLink service_;
    std::unique_ptr<Proxy> proxy_;  // outlives the supervisor, which speaks to it to the last
    Supervisor supervisor_;
    std::unique_ptr<OperatorsPage> page_;  // asks the supervisor through its socket; ends first
    std::thread drainer_;
    bool ending_begun_ = false;
    GatewayEnding ending_;
};

}  // namespace

Result<GatewayEnding> run_gateway(GatewayOptions options) {
    MT_CHECK(check_socket_path(options.layout.control_socket()));
    MT_CHECK(make_folders(options.layout));
    MT_TRY(const auto held, lock(options.layout));
    if (::access(options.worker_program.c_str(), X_OK) != 0)
        return errno_error("run the worker program", options.worker_program).hint("it is installed beside mtg");
    raise_descriptor_limit();
    Gateway gateway{options, held};
    MT_CHECK(gateway.start());
    if (options.on_serving) {
        auto listen = nlohmann::json::array();
        auto tls_listen = nlohmann::json::array();
        for (const auto& address : gateway.proxy().bound())
            (address.tls ? tls_listen : listen).push_back(ListenText{address.host, address.port}.str());
        nlohmann::json status{{"pid", ::getpid()}, {"listen", listen}, {"tls_listen", tls_listen}, {"version", MT_VERSION},
                              {"tenants_folder", options.layout.tenants().native()},
                              {"control_socket", options.layout.control_socket().native()},
                              {"tenants", gateway.supervisor().table()->size()}};
        if (const auto link = gateway.page_link(); link.ok()) status["ui"] = (*link)["url"];
        options.on_serving(status);
    }
    return gateway.run();
}

}  // namespace mt::gateway
