#include "tenant-app/serve.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>

#include "tenant-app/app.hpp"
#include "tenant-app/confine.hpp"
#include "tenant-app/control_channel.hpp"
#include "tenant-app/courier.hpp"
#include "tenant-app/harden.hpp"
#include "tenant-app/jobs/report_document.hpp"
#include "tenant-app/listen_socket.hpp"
#include "tenant-app/rest/report.hpp"
#include "tenant-app/rest/server.hpp"
#include "tenant-app/schema_job.hpp"

namespace mt::app {

namespace {

constexpr int k_listener_fd = 3, k_control_fd = 4, k_predecessor_fd = 5;
constexpr std::chrono::seconds k_term_grace{5};
constexpr std::chrono::seconds k_note_after{1};  // what started the worker is answered by then

/// Says on the channel and in the log why the worker will not get ready.
int give_up(int control, const Error& error) {
    say_line(control, "error " + error_text(error));
    rest::report("event=start_failed", describe(error));
    return exit_code_of(error);
}

bool is_socket(int fd) {
    struct stat info {};
    return ::fstat(fd, &info) == 0 && S_ISSOCK(info.st_mode);
}

/// The link to the worker that this one replaces, if it replaces one.
Fd take_predecessor() {
    int type = 0;
    socklen_t size = sizeof type;
    const bool link = ::getsockopt(k_predecessor_fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
    return link ? Fd{k_predecessor_fd} : Fd{};
}

/// The descriptors of the contract, or our own socket.
Result<Fd> take_listener(const std::optional<std::filesystem::path>& socket) {
    if (socket) return listen_on(*socket);
    if (!is_socket(k_listener_fd) || !is_socket(k_control_fd))
        return Error{Errc::usage, "serve wants a listening socket as descriptor 3 and a control channel as descriptor 4"}.hint(
            "mtg start runs the tenants; to run one alone: tenant-app <folder> serve --socket /tmp/tenant.sock");
    return Fd{k_listener_fd};
}

/// The loop and all that hangs on it.
class Worker {
public:
    Worker(asio::io_context& io, Fd listener, Fd control, const App& app, bool alone)
        : io_(io), server_(io, std::move(listener), app.service()), control_(io, std::move(control)), signals_(io, SIGTERM),
          grace_(io) {
        // A terminal's Ctrl-C reaches the whole process group: the gateway decides what it means.
        if (alone) signals_.add(SIGINT);
        else std::signal(SIGINT, SIG_IGN);
        for (const auto& warning : app.warnings()) {
            control_.say("warning " + one_line(warning));
            rest::report("event=config_warning", one_line(warning), "warn");
        }
    }

    void run(Fd predecessor) {
        if (predecessor) server_.take_over_from(std::move(predecessor));
        server_.start();
        control_.listen({[this] { drain(); }, [this](Fd link) { server_.hand_over_to(std::move(link)); }, [this] { server_.end_streams(); },
                         [] { ::_exit(0); }});
        wait_for_signal();
        control_.say("ready");
        io_.run();
    }

private:
    static std::string one_line(std::string text) {
        for (char& c : text)
            if (static_cast<unsigned char>(c) < ' ') c = ' ';
        return text;
    }

    void wait_for_signal() {
        signals_.async_wait([this](const boost::system::error_code& error, int) {
            if (error) return;
            drain();
            grace_.expires_after(k_term_grace);
            grace_.async_wait([this](const boost::system::error_code& cancelled) {
                if (!cancelled) io_.stop();
            });
            wait_for_signal();
        });
    }

    void drain() {
        if (std::exchange(draining_, true)) return;
        server_.drain([this] { io_.stop(); });
        control_.say("draining");
    }

    asio::io_context& io_;
    rest::Server server_;
    ControlChannel control_;
    asio::signal_set signals_;
    asio::steady_timer grace_;
    bool draining_ = false;
};

}  // namespace

int serve(const std::filesystem::path& folder, const std::optional<std::filesystem::path>& socket) {
    const int control = socket ? -1 : k_control_fd;
    auto predecessor = socket ? Fd{} : take_predecessor();
    auto listener = take_listener(socket);
    if (!listener.ok()) return give_up(-1, listener.error());
    auto app = App::load(folder);
    if (!app.ok()) return give_up(control, app.error());
    if (const auto confined = confine(**app, folder, control); !confined.ok()) return give_up(control, confined.error());
    asio::io_context io{1};
    if (const auto opened = (*app)->open(io); !opened.ok()) return give_up(control, opened.error());
    trim_memory();

    Courier courier{io, folder};
    if ((*app)->mail_by_smtp()) {
        (*app)->auth().on_mail([&courier] { courier.wake(); });
        if ((*app)->mail_waits()) courier.wake();
    }
    asio::steady_timer note{io, k_note_after};
    note.async_wait([&](const boost::system::error_code& error) {
        if (!error) note_schema(**app, folder);
    });
    Worker worker{io, *std::move(listener), control < 0 ? Fd{} : Fd{control}, **app, socket.has_value()};
    worker.run(std::move(predecessor));
    if (socket) ::unlink(socket->c_str());
    // Who closes a database last brings its WAL into it, which the next start would have to read. All else is on disk already.
    app->reset();
    ::_exit(0);
}

}  // namespace mt::app
