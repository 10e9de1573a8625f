#pragma once
#include <string>
#include <string_view>

namespace mt::gateway {

/// What a client of a suspended tenant is told; without a full stop, as all such sentences.
std::string suspension_text(std::string_view reason);

}  // namespace mt::gateway
