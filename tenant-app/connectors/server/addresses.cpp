#include "tenant-app/connectors/server/addresses.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mt::app::server {

asio::awaitable<Result<std::vector<std::string>>> addresses_of(asio::any_io_executor executor,
                                                               const Settings& settings) {
    boost::system::error_code error;
    if (settings.local()) co_return std::vector<std::string>{};
    if (const auto address = asio::ip::make_address(settings.host, error); !error)
        co_return std::vector{address.to_string()};
    asio::ip::tcp::resolver resolver{executor};
    const auto found = co_await resolver.async_resolve(settings.host, "",
                                                       asio::redirect_error(asio::use_awaitable, error));
    if (error) {
        const auto why = "cannot find the address of " + settings.host + ": " + error.message();
        co_return settings.error(Errc::unavailable, "host", why);
    }
    std::vector<std::string> out;
    for (const auto& entry : found) out.push_back(entry.endpoint().address().to_string());
    co_return out;
}

}  // namespace mt::app::server
