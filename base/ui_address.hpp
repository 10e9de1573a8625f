#pragma once
#include <optional>
#include <string_view>

#include "base/listen_text.hpp"

namespace mt {

/// Where the operator's page is if nobody says: 127.0.0.1:9001.
ListenText standard_ui_address();

/// As parse_listen(), and a loopback address: the page steers the gateway and speaks no TLS. Fails with usage.
Result<ListenText> parse_ui_address(std::string_view text);

/// `ui` of mtg.json: true, false or an address.
ConfigRead read_ui_into(std::optional<ListenText>& target);

}  // namespace mt
