#pragma once
#include <nlohmann/json.hpp>
#include <optional>

#include "base/json_file.hpp"
#include "tenant-app/rest/answer.hpp"

namespace mt::app::rest {

/// How a request's body is read, by its Content-Type. Anything but these two is not read at all, as body-parser leaves it.
enum class BodyKind { none, json, form };
BodyKind body_kind(std::string_view content_type);

/// The body as the operations' `data`: an empty object if there is none or nobody reads its type. On failure `failure` says what
/// body-parser would.
struct Body {
    json value;
    std::optional<Failure> failure;
};
Body parse_body(const Request& request, const Settings& settings);

}  // namespace mt::app::rest
