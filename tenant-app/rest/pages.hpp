#pragma once
#include <optional>

#include "tenant-app/rest/answer.hpp"
#include "tenant-app/rest/service.hpp"

namespace mt::app::rest {

/// The two fixed pages beside the API: the status (`/`) says since when the tenant runs, /favicon.ico is a small icon.
std::optional<Answer> find_page(const Service& service, const Request& request);

/// Any OPTIONS anywhere: 204 unless the CORS options say otherwise, whose fields say the rest.
Answer options_answer(const Cors& cors);

/// 301 with the page that serve-static sends along.
Answer redirect(const std::string& where);

/// What express says of a path that nobody serves: a page with that text.
Answer plain_not_found(const Request& request);

}  // namespace mt::app::rest
