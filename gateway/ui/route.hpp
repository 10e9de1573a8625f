#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/tenant_id.hpp"

namespace mt::gateway {

/// Where the page's requests go, all of them below this path. It is no tenant's and never will be, so that the cookie,
/// whose Path it is, is not sent to a tenant through the gateway either.
inline constexpr std::string_view k_api = "/-/api/";

/// One request of the page, understood.
struct UiRoute {
    enum class Kind {
        asset,     ///< a file of the page
        sign_in, sign_out,
        control,   ///< a document of the control protocol
        stream,    ///< a stream of it
        files,     ///< the files of a tenant, secrets masked
        look,      ///< what mtm tells: `words`
        act,       ///< what mtm does: `words`, and for `suspend` what the body says
    };
    Kind kind = Kind::asset;
    std::string target;              ///< the asset's name, or path and query of the control protocol
    std::optional<TenantId> tenant;  ///< of files, look and act
    std::vector<std::string> words;  ///< the command line of mtm
};

/// Only what is listed here exists. Fails with not_found, with bad_request for a query that is not plain.
Result<UiRoute> route_ui(std::string_view method, std::string_view target);

/// mtm's words for a suspension: `body` is {"reason", "until"}, both optional strings; until is a time of RFC 3339.
/// Fails with bad_request. What the values mean is for mtm to judge.
Result<std::vector<std::string>> suspension_words(const TenantId& tenant, std::string_view body);

}  // namespace mt::gateway
