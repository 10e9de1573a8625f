// Ties the two halves together. The order is the point: lock, read, bind, control socket, accept; and back: stop
// accepting, let requests finish while workers are still supervised, then stop the workers. A restart is both at once,
// in two processes that share the listening sockets (docs/decisions/0012-restart-by-handover.md).
#include "gateway/gateway.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
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
#include "base/units.hpp"
#include "gateway/predecessors.hpp"
#include "gateway/proxy/proxy.hpp"
#include "gateway/service_link.hpp"
#include "gateway/set_up.hpp"
#include "gateway/stand_in.hpp"
#include "gateway/successor.hpp"
#include "gateway/supervisor/spawn.hpp"
#include "gateway/supervisor/supervisor.hpp"
#include "gateway/ui/page.hpp"
#include "gateway/ui/sign_in.hpp"
#include "gateway/what_changed.hpp"

namespace mt::gateway {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds k_drain_grace{30}, k_run_folder_every{5};
constexpr std::chrono::seconds k_inheritance_max{10};  // for a gateway to say what it hands over
constexpr std::chrono::seconds k_warm_up_max{10};      // for workers to get ready; later ones are waited for by requests
constexpr std::chrono::milliseconds k_say_every{500};
constexpr std::chrono::seconds k_linger{1};            // of a process that has nothing left to do
constexpr int k_interrupted = 130;

/// One to become a worker while the other is being made.
constexpr unsigned k_spare_workers = 2;

class Gateway {
public:
    /// `number` is that of our sockets' folder.
    Gateway(const GatewayOptions& options, FileLock held, Inheritance inherited, unsigned number)
        : options_(options), held_(std::move(held)), inherited_(std::move(inherited)), number_(number),
          signals_(io_), run_folder_timer_(io_), linger_timer_(io_), in_hand_timer_(io_), service_(io_),
          supervisor_(io_, SupervisorOptions{options.layout, options.worker_program,
                                             worker_environment(options.config.environment),
                                             merge({}, options.config.limits), {}, 0, options.config.compression.value_or(false),
                                             k_spare_workers, options.config.uids, options.config.resident,
                                             !inherited_.predecessors.empty()}),
          predecessors_(io_, [this](pid_t pid) { former_ended(pid); }, [this] { lost("predecessor_lost"); }) {}
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
        for (const int listener : std::exchange(inherited_.listeners, {}))
            proxy.inherited_listeners.push_back(listener);
        MT_TRY(proxy_, Proxy::create(std::move(proxy), supervisor_.table(), supervisor_));
        GatewayHooks hooks{[this] { stop(); }, [this](std::chrono::milliseconds wait) { return restart(wait); },
                           [this] { return reload(); }, [this] { return page_link(); },
                           [this] { return predecessors_.describe(); }};
        if (!inherited_.predecessors.empty()) {
            supervisor_.begin(*proxy_, std::move(hooks));
            former_ = inherited_.predecessors.back().pid;
            predecessors_.add(std::exchange(inherited_.predecessors, {}));
            predecessors_.watch_last();
            asio::co_spawn(io_, take_over(), [](std::exception_ptr failure) {
                if (failure) std::rethrow_exception(failure);
            });
            return {};
        }
        MT_CHECK(supervisor_.serve(*proxy_, std::move(hooks)));
        MT_CHECK(start_page(false));
        proxy_->start();
        announce();
        return {};
    }

    Status run() {
        io_.run();
        if (drainer_.joinable()) drainer_.join();
        if (failure_) return *failure_;
        return {};
    }

    /// Once left: the link to the process that serves, and its pid.
    std::pair<Fd, pid_t> successor() {
        if (!left_) return {};
        successor_->link().pause();
        return {Fd{::fcntl(successor_->link().descriptor(), F_DUPFD_CLOEXEC, 3)}, main_pid_};
    }

private:
    /// The main process is this one from here on: whoever has to know hears of it here.
    void announce() {
        serving_ = true;
        held_.note(std::to_string(::getpid()) + "\n");
        watch_run_folder();
        service_.ready();
        if (!options_.on_serving) return;
        auto listen = nlohmann::json::array();
        auto tls_listen = nlohmann::json::array();
        for (const auto& address : proxy_->bound())
            (address.tls ? tls_listen : listen).push_back(ListenText{address.host, address.port}.str());
        nlohmann::json status{{"pid", ::getpid()}, {"listen", listen}, {"tls_listen", tls_listen}, {"version", MT_VERSION},
                              {"tenants_folder", options_.layout.tenants().native()},
                              {"control_socket", options_.layout.control_socket().native()},
                              {"tenants", supervisor_.table()->size()}};
        if (const auto link = page_link(); link.ok()) status["ui"] = (*link)["url"];
        options_.on_serving(status);
    }

    /// `taken`: the process that we replace may have its address for a moment yet.
    Status start_page(bool taken) {
        if (!options_.config.ui) return {};
        UiOptions page{options_.layout, *options_.config.ui, options_.config_file, options_.manager_program, options_.page_folder, taken};
        MT_TRY(page_, OperatorsPage::start(std::move(page)));
        return {};
    }

    /// Fails with conflict if there is no operator's page.
    Result<nlohmann::json> page_link() {
        if (page_)
            return nlohmann::json{{"url", page_->sign_in_link()},
                                  {"expires_ms", std::chrono::milliseconds{SignIn::k_token_life}.count()}};
        return Error{Errc::conflict, "this gateway has no operator's page"}.hint(
            "mtg start --ui, or \"ui\": true in mtg.json and mtg restart");
    }

    /// The other half of restart(), in the new process. Up to its last lines the other one serves, and may still be
    /// left to it.
    asio::awaitable<void> take_over() {
        const auto until = std::chrono::steady_clock::now() + k_warm_up_max;
        co_await supervisor_.warm_up(std::move(inherited_.running), until);
        if (ending_begun_) co_return;
        auto opened = supervisor_.open_control();
        if (opened.ok()) opened = start_page(true);
        if (!opened.ok()) {
            failure_ = std::move(opened).error();
            co_return io_.stop();
        }
        proxy_->start();
        predecessors_.serving();
        predecessors_.watch_all(::getpid());
        supervisor_.took_over(former_);
        log::info("event=took_over");
        announce();
    }

    void wait_for_signal() {
        signals_.async_wait([this](boost::system::error_code error, int number) {
            if (error) return;
            wait_for_signal();
            if (left_ && options_.anchored) {  // whoever waits for this process means the one that serves
                ::kill(main_pid_, number);
                return;
            }
            if (number == SIGHUP) return heed_hangup();
            log::info(std::string{"event=signal signal="} + (number == SIGINT ? "INT" : "TERM"));
            if (!ending_begun_) return stop();
            log::warn("event=killed reason=\"second signal\"");
            end_at_once(k_interrupted);
        });
    }

    /// SIGHUP: files may have been moved away, or written anew.
    void heed_hangup() {
        if (!serving_ || ending_begun_ || left_) return;
        proxy_->reopen_log();
        if (const auto reloaded = reload(); !reloaded.ok())
            log::error("event=reload_refused why=" + log::quote(describe(reloaded.error())));
    }

    /// Whoever deletes the folder of the sockets cuts the gateway off: nobody could stop it, and a second one would start beside
    /// it. Another process takes over, which makes all of them anew; or it ends if another gateway is there.
    void watch_run_folder() {
        run_folder_timer_.expires_after(k_run_folder_every);
        run_folder_timer_.async_wait([this](boost::system::error_code error) {
            if (error || ending_begun_ || left_) return;
            watch_run_folder();
            if (successor_ || held_.names(options_.layout.gateway_lock())) return;
            log::error("event=run_folder_lost folder=" + log::quote(options_.layout.gateway_lock().parent_path().native()) +
                       " hint=\"it was deleted while the gateway runs; the gateway restarts\"");
            asio::co_spawn(io_, restart_or_end(), [](std::exception_ptr failure) {
                if (failure) std::rethrow_exception(failure);
            });
        });
    }

    asio::awaitable<void> restart_or_end() {
        const auto done = co_await restart(k_drain_grace);
        if (!done.ok() && done.error().code() == Errc::conflict) stop();
    }

    /// Reads mtg.json and the files it names again. All of it holds or nothing: on failure what was in force stays.
    Result<nlohmann::json> reload() {
        if (ending_begun_) return read_configuration();
        service_.reloading();
        auto done = read_configuration();
        service_.ready();
        return done;
    }

    Result<nlohmann::json> read_configuration() {
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

    /// Starts a process in our place and leaves when it serves. If it does not, nothing has happened.
    asio::awaitable<Result<nlohmann::json>> restart(std::chrono::milliseconds wait) {
        if (ending_begun_ || left_ || successor_)
            co_return Error{Errc::conflict, "the gateway restarts or stops already"};
        if (predecessors_.size() >= k_predecessors_max)
            co_return Error{Errc::conflict, "too many earlier gateways still have streams"}.hint(
                "try again in a minute, or mtg stop, then mtg start -d");
        log::info("event=restarting program=" + log::quote(options_.program));
        service_.reloading();
        auto started = Successor::start(io_, options_.program, options_.arguments);
        if (!started.ok()) co_return not_replaced(started.error());
        successor_ = *std::move(started);
        predecessors_.pause();
        const auto given = to_be_given();
        const auto taken = co_await successor_->take_over(records_of(given), wait);
        if (taken.ok() && !ending_begun_) {
            leave();
            co_return nlohmann::json{{"pid", successor_->pid()}, {"state", "restarted"}};
        }
        successor_.reset();
        if (ending_begun_) co_return Error{Errc::conflict, "the gateway was stopped meanwhile"};
        predecessors_.watch_all(::getpid());
        // It may have gone as far as that.
        if (const auto mended = supervisor_.open_control(); !mended.ok())
            log::error("event=control_lost why=" + log::quote(describe(mended.error())));
        co_return not_replaced(taken.error());
    }

    Inheritance to_be_given() {
        Inheritance given;
        given.lock = Fd{::fcntl(held_.descriptor(), F_DUPFD_CLOEXEC, 3)};
        given.listeners = proxy_->listeners();
        given.running = supervisor_.running();
        given.predecessors = predecessors_.listed();
        given.predecessors.push_back({{}, ::getpid(), number_, options_.anchored, false});
        return given;
    }

    Error not_replaced(const Error& why) {
        service_.ready();
        log::error("event=restart_failed why=" + log::quote(describe(why)));
        const auto& place = why.place();
        const auto hint = place.hint.empty() ? "see " + options_.layout.gateway_log().native() : place.hint;
        return Error{why.code(), "the gateway goes on as it was: " + why.message()}
            .in_file(place.file, place.line, place.pointer)
            .hint(hint);
    }

    /// Another process serves. This one finishes what it has in hand.
    void leave() {
        left_ = true;
        main_pid_ = successor_->pid();
        log::info("event=handed_over pid=" + std::to_string(main_pid_));
        run_folder_timer_.cancel();
        service_.handed_over(main_pid_);
        page_.reset();  // its address is the other one's now
        predecessors_.hand_on();
        successor_->link().listen([this](const HandoverRecord& record) { heed(record); },
                                  [this] { lost("main_process_lost"); });
        supervisor_.leave();
        left_at_ = std::chrono::system_clock::now();
        say_what_is_in_hand();
        // Command lines that asked this process just now get their answers.
        linger_timer_.expires_after(k_linger);
        drainer_ = std::thread{[this] {
            proxy_->leave(k_drain_grace);
            asio::post(io_, [this] {
                linger_timer_.async_wait([this](boost::system::error_code) { supervisor_.stop([this] { finish(); }); });
            });
        }};
    }

    /// To the process that serves, for whoever asks it what this one waits for.
    void say_what_is_in_hand() {
        auto in_hand = supervisor_.in_hand();
        in_hand["since"] = format_time(left_at_);
        in_hand["connections"] = proxy_->counters().connections;
        if (const auto text = in_hand.dump(); text != said_in_hand_)
            successor_->link().say("in-hand", said_in_hand_ = text);
        in_hand_timer_.expires_after(k_say_every);
        in_hand_timer_.async_wait([this](boost::system::error_code error) {
            if (!error) say_what_is_in_hand();
        });
    }

    /// What the process says that serves.
    void heed(const HandoverRecord& record) {
        if (record.word == "main") {
            main_pid_ = record.number();
            said_in_hand_.clear();  // it may be another one, which knows nothing of us
        }
        if (record.word == "stop") proxy_->hurry(k_drain_grace);
        if (record.word == "exit") end_at_once(record.number());
    }

    void stop() {
        if (std::exchange(ending_begun_, true)) return;
        if (left_) return proxy_->hurry(k_drain_grace);
        if (successor_) successor_->kill();
        if (!serving_) {
            predecessors_.refuse(Error{Errc::interrupted, "it was stopped before it served"});
            end_at_once(k_interrupted);
        }
        service_.stopping();
        log::info("event=stopping");
        predecessors_.tell("stop");
        supervisor_.end_streams();
        page_.reset();  // its address is free for whoever comes next
        // Proxy::stop blocks, and requests that still wait for a worker need this loop to turn.
        drainer_ = std::thread{[this] {
            proxy_->stop(k_drain_grace);
            asio::post(io_, [this] {
                supervisor_.stop([this] {
                    drained_ = true;
                    end_if_done();
                });
            });
        }};
    }

    void former_ended(pid_t pid) {
        supervisor_.former_ended(pid);
        end_if_done();
    }

    /// The last process to serve waits for those before it: when it is gone, so is everything.
    void end_if_done() {
        if (!left_ && drained_ && predecessors_.all_done()) finish();
    }

    void finish() {
        supervisor_.close_control();
        remove_sockets();
        if (!left_) predecessors_.tell("exit", "0");
        log::info(left_ ? "event=left" : "event=stopped");
        io_.stop();
    }

    /// A folder of our own for tenants' sockets, if there is one; it is empty by now.
    void remove_sockets() const {
        if (options_.layout.sockets() != options_.layout.run()) ::rmdir(options_.layout.sockets().c_str());
    }

    /// A process has died with which this one ends: as if it were one.
    void lost(const char* event) {
        log::error(std::string{"event="} + event);
        end_at_once(1);
    }

    [[noreturn]] void end_at_once(int code) {
        supervisor_.stop_at_once();
        supervisor_.close_control();
        if (serving_ && !left_) predecessors_.tell("exit", std::to_string(code));
        ::_exit(code);  // threads are still draining; workers die with this process
    }

    const GatewayOptions& options_;
    asio::io_context io_{1};
    FileLock held_;
    Inheritance inherited_;
    const unsigned number_;
    asio::signal_set signals_;
    asio::steady_timer run_folder_timer_, linger_timer_, in_hand_timer_;
    ServiceLink service_;
    std::unique_ptr<Proxy> proxy_;  // outlives the supervisor, which speaks to it to the last
    Supervisor supervisor_;
    std::unique_ptr<OperatorsPage> page_;  // asks the supervisor through its socket; ends first
    Predecessors predecessors_;
    std::shared_ptr<Successor> successor_;  ///< while it is to take over, and once it has
    std::thread drainer_;
    bool serving_ = false;       ///< requests are answered, or were
    bool left_ = false;          ///< another process serves
    bool ending_begun_ = false;  ///< stop() was called
    bool drained_ = false;       ///< of a stop(): no request, stream or worker is left
    pid_t main_pid_ = 0;         ///< which, once left_
    pid_t former_ = 0;           ///< in whose place this one was started
    std::chrono::system_clock::time_point left_at_;
    std::string said_in_hand_;   ///< to the process that serves
    std::optional<Error> failure_;
};

/// The lock that came along, unless the folder in which it is was deleted or is another one by now.
Result<FileLock> hold(const Layout& layout, Fd inherited) {
    if (inherited) {
        auto held = FileLock::adopt(std::move(inherited));
        if (held.names(layout.gateway_lock())) return held;
    }
    return lock(layout);
}

Result<int> run(GatewayOptions& options, Inheritance inherited) {
    MT_CHECK(check_socket_path(options.layout.control_socket()));
    MT_CHECK(make_folders(options.layout));
    MT_TRY(auto held, hold(options.layout, std::move(inherited.lock)));
    if (::access(options.worker_program.c_str(), X_OK) != 0)
        return errno_error("run the worker program", options.worker_program).hint("it is installed beside mtg");
    raise_descriptor_limit();
    const auto number = inherited.predecessors.empty() ? 0 : inherited.free_number();
    if (number == 0) remove_sockets_apart(options.layout);
    else options.layout = options.layout.with_sockets_apart(number);
    std::pair<Fd, pid_t> successor;
    {
        Gateway gateway{options, std::move(held), std::move(inherited), number};
        MT_CHECK(gateway.start());
        MT_CHECK(gateway.run());
        if (options.anchored) successor = gateway.successor();
        block_signals(static_cast<bool>(successor.first));
    }
    return successor.first ? stand_in(std::move(successor.first), successor.second) : 0;
}

}  // namespace

Result<int> run_gateway(GatewayOptions options) {
    if (options.handover_link < 0) return run(options, {});
    const Fd refusals{::fcntl(options.handover_link, F_DUPFD_CLOEXEC, 3)};
    auto inherited = receive_inheritance(Fd{options.handover_link}, k_inheritance_max);
    auto code = inherited.ok() ? run(options, *std::move(inherited)) : std::move(inherited).error();
    if (!code.ok()) refuse_handover(refusals.get(), code.error());
    return code;
}

}  // namespace mt::gateway
