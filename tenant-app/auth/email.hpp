#pragma once
#include <string_view>

namespace mt::app {

/// Whether LoopBack's User takes this for an email address: RFC 5321 as the npm package isemail reads it. A domain needs no dot.
bool is_email(std::string_view text);

}  // namespace mt::app
