#pragma once
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

#include "gateway/ui/control_link.hpp"
#include "gateway/ui/site.hpp"

namespace mt::gateway {

/// A request as far as the page looks at it. Fields that are missing are empty.
struct UiRequest {
    std::string method, target;
    std::string host;  ///< empty as well if there are several
    std::string origin, fetch_site, cookie;
    std::string key;   ///< X-Mtg-Key: what proves that the page's script asks
    std::string body;
};

struct UiAnswer {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::string set_cookie;             ///< empty: none
    std::optional<ControlLines> lines;  ///< in place of a body: what comes until either side ends
    std::unique_ptr<UnderWay> place = {};  ///< of the stream, counted from before it was opened
};

/// The page to read: every rule about who may ask what, in order. Never fails; what fails is an answer. `site` outlives
/// the call.
boost::asio::awaitable<UiAnswer> answer_ui(Site& site, UiRequest request);

/// An error as the control protocol says it.
UiAnswer refusal(unsigned status, const Error& error);

}  // namespace mt::gateway
