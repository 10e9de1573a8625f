#pragma once
#include <optional>

#include "tenant-app/rest/answer.hpp"
#include "tenant-app/rest/service.hpp"

namespace mt::app::rest {

/// The two fixed pages beside the API: `/` says since when the tenant runs, /favicon.ico is a small icon.
std::optional<Answer> find_page(const Service& service, const Request& request);

/// Any OPTIONS anywhere: 204, the CORS fields say the rest.
Answer options_answer();

}  // namespace mt::app::rest
