#include "gateway/supervisor/signal.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mt::gateway {

void Signal::notify() {
    for (const auto& timer : std::exchange(waiting_, {})) timer->cancel();
}

boost::asio::awaitable<void> Signal::wait(std::chrono::steady_clock::time_point deadline) {
    const auto timer = std::make_shared<boost::asio::steady_timer>(io_, deadline);
    waiting_.push_back(timer);
    boost::system::error_code ignored;
    co_await timer->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    std::erase(waiting_, timer);
}

}  // namespace mt::gateway
