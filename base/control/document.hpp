#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "base/json_file.hpp"

namespace mt {

/// The document that `--json` prints and the control protocol answers with: {"ok":true,"data":…}.
json ok_document(json data);
/// {"ok":false,"error":{"code","message","tenant","file","line","pointer","hint"}}; what is unknown is absent.
json error_document(const Error& error);
/// The member `error` of such a document, as it also stands in a tenant's status.
json error_object(const Error& error);
/// Reads error_object() back; what is no such object becomes `failed` with its text.
Error error_from(const json& object);

/// The reverse of name(Errc).
std::optional<Errc> errc_of(std::string_view name);

}  // namespace mt
