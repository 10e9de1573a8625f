#pragma once
#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>

namespace mt::gateway {

/// Tells whoever started the gateway as a service (base/service_manager.hpp) how it is, and proves every now and then that the
/// loop still turns: a supervisor that hangs is killed and started again. Lives on that loop.
class ServiceLink {
public:
    /// `io` outlives the object.
    explicit ServiceLink(boost::asio::io_context& io);

    /// Requests are answered, by this process.
    void ready();
    /// The configuration is read again, or the process is replaced; ready() follows, from us or from the next one.
    void reloading();
    /// Another process is the main one. Only this one, which was, may say so.
    void handed_over(pid_t main);
    /// It ends: what still drains is nothing to worry about.
    void stopping();

private:
    void wait_to_ping();

    boost::asio::steady_timer timer_;
    std::optional<std::chrono::milliseconds> interval_;
};

}  // namespace mt::gateway
