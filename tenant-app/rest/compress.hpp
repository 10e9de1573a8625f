#pragma once
#include "tenant-app/rest/answer.hpp"

namespace mt::app::rest {

/// Does what the npm package compression does for gzip: a text of at least the threshold is compressed for a client that takes it.
/// Files and streams go out as they are.
void compress(Answer& answer, const Request& request, const Compression& settings);

/// Whether an Accept-Encoding field takes gzip.
bool takes_gzip(std::string_view accept_encoding);

}  // namespace mt::app::rest
