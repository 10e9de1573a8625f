#pragma once
#include <string>
#include <string_view>

#include "tenant-app/rest/service.hpp"

namespace mt::app::rest {

/// The OpenAPI 2.0 description of the tenant's API as loopback-swagger generates it, from the models and the table of operations.
/// `prefix` is what the tenant is reached under ("/foo"), or empty.
std::string swagger_text(const Service& service, std::string_view prefix);

/// The definition of a model: {"properties":{…},"required":[…],"additionalProperties":false}. `creating` leaves the generated id out.
void append_definition(std::string& out, const Model& model, bool creating);

/// Whether POST takes another definition ("$new_Customer") than the model's own: it does if the database makes the id.
bool has_new_definition(const Model& model);

}  // namespace mt::app::rest
