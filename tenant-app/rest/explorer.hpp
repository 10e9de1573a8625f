#pragma once
#include <optional>
#include <string>

#include "tenant-app/rest/answer.hpp"
#include "tenant-app/rest/service.hpp"

namespace mt::app::rest {

/// The explorer's pages, if the tenant has one and the request is below its mount: the page itself, swagger.json, config.json.
std::optional<Answer> find_explorer(const Service& service, const Request& request);

/// The HTML page. The gateway serves Swagger UI's files once for all tenants at /-/explorer/; the page reaches them by going up as
/// many levels as its own address has below `prefix` and one for the tenant, so that it works behind an outer prefix that nobody
/// told us of, too; what of its address is neither `prefix` nor the mount is that outer prefix, and is put before the API's path.
std::string explorer_page(const Settings& settings, std::string_view prefix);

}  // namespace mt::app::rest
