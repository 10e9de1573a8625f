#include "gateway/ui/page.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <thread>

#include "base/log.hpp"
#include "gateway/ui/connection.hpp"
#include "gateway/ui/site.hpp"

namespace mt::gateway {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {

constexpr std::chrono::milliseconds k_pause{100};
constexpr int k_tries_max = 300;  // half a minute: as long as a former process may drain

class Page : public OperatorsPage {
public:
    Page(tcp::endpoint endpoint, std::string host, std::shared_ptr<Site> site)
        : endpoint_(std::move(endpoint)), host_(std::move(host)), site_(std::move(site)), acceptor_(io_), pause_(io_) {}
    ~Page() override {
        io_.stop();
        if (thread_.joinable()) thread_.join();
    }

    /// Called once, before the thread runs. Fails with conflict, with failed.
    Status listen() {
        const auto error = bind();
        if (!error) return {};
        const auto text = ListenText{host_, endpoint_.port()}.str();
        if (error == asio::error::address_in_use)
            return Error{Errc::conflict, "the operator's page cannot have " + text + ": address already in use"}.hint(
                "name another one: mtg start --ui=127.0.0.1:9002");
        return Error{Errc::failed, "the operator's page cannot have " + text + ": " + error.message()};
    }

    void run() {
        if (acceptor_.is_open()) accept();
        else try_again();
        thread_ = std::thread{[this] { io_.run(); }};
    }

    std::string address() const override { return "http://" + ListenText{host_, site_->port}.str() + "/"; }
    std::string sign_in_link() override {
        return address() + "#sign-in=" + site_->sign_in.issue_token(SignIn::Clock::now());
    }

private:
    error_code bind() {
        error_code error;
        acceptor_.open(endpoint_.protocol(), error);
        if (!error) acceptor_.set_option(tcp::acceptor::reuse_address{true}, error);
        if (!error) acceptor_.bind(endpoint_, error);
        if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
        error_code ignored;
        // Read by other threads: only written when none is there yet.
        if (!error && endpoint_.port() == 0) site_->port = acceptor_.local_endpoint(ignored).port();
        if (error) acceptor_.close(ignored);
        return error;
    }

    /// Another process has the address, most likely the one that we replace.
    void try_again() {
        pause_.expires_after(k_pause);
        pause_.async_wait([this](error_code cancelled) {
            if (cancelled) return;
            if (!bind()) return accept();
            if (++tries_ < k_tries_max) return try_again();
            const auto text = ListenText{host_, endpoint_.port()}.str();
            log::error("event=ui_failed reason=\"address in use\" address=" + text);
        });
    }

    void accept() {
        acceptor_.async_accept([this](error_code error, tcp::socket socket) {
            if (error == asio::error::operation_aborted) return;
            if (error) {  // out of descriptors, most likely: not at full speed
                pause_.expires_after(k_pause);
                pause_.async_wait([this](error_code cancelled) {
                    if (!cancelled) accept();
                });
                return;
            }
            if (site_->connections < Site::k_connections_max) serve(std::move(socket));
            accept();
        });
    }

    void serve(tcp::socket socket) {
        asio::co_spawn(io_, serve_browser(std::move(socket), site_), [](std::exception_ptr failure) {
            try {
                if (failure) std::rethrow_exception(failure);
            } catch (const std::exception& exception) {
                log::error("event=ui_connection_failed error=" + log::quote(exception.what()));
            }
        });
    }

    const tcp::endpoint endpoint_;
    const std::string host_;
    const std::shared_ptr<Site> site_;
    asio::io_context io_{1};
    tcp::acceptor acceptor_;
    asio::steady_timer pause_;
    int tries_ = 0;
    std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<OperatorsPage>> OperatorsPage::start(UiOptions options) {
    MT_TRY(auto assets, UiAssets::load(options.assets));
    error_code error;
    const auto address = asio::ip::make_address(options.listen.host, error);
    if (error) return Error{Errc::failed, "the operator's page cannot be at " + options.listen.host};
    const auto site = std::make_shared<Site>(std::move(options.layout), std::move(options.config_file),
                                             std::move(options.manager), std::move(assets), options.listen.port);
    auto page = std::make_unique<Page>(tcp::endpoint{address, options.listen.port}, options.listen.host, site);
    auto listening = page->listen();
    if (!listening.ok() && !(options.patient && listening.error().code() == Errc::conflict)) return listening.error();
    page->run();
    return std::unique_ptr<OperatorsPage>{std::move(page)};
}

}  // namespace mt::gateway
