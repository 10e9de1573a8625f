#include "gateway/service_link.hpp"

#include <unistd.h>

#include <boost/system/error_code.hpp>
#include <string>

#include "base/service_manager.hpp"

namespace mt::gateway {

ServiceLink::ServiceLink(boost::asio::io_context& io) : timer_(io), interval_(watchdog_interval()) {}

void ServiceLink::ready() {
    notify_service_manager("READY=1\nMAINPID=" + std::to_string(::getpid()));
    wait_to_ping();
}

void ServiceLink::reloading() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();  // CLOCK_MONOTONIC, as the manager wants it
    notify_service_manager("RELOADING=1\nMONOTONIC_USEC=" +
                           std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count()));
}

void ServiceLink::handed_over(pid_t main) {
    timer_.cancel();
    interval_.reset();
    notify_service_manager("READY=1\nMAINPID=" + std::to_string(main));
}

void ServiceLink::stopping() { notify_service_manager("STOPPING=1"); }

void ServiceLink::wait_to_ping() {
    if (!interval_) return;
    timer_.expires_after(*interval_);
    timer_.async_wait([this](boost::system::error_code error) {
        if (error) return;
        ping_service_manager();
        wait_to_ping();
    });
}

}  // namespace mt::gateway
