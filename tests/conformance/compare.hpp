#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace mt::conformance {

using nlohmann::json;

/// An answer as the recordings write one: `json` for a JSON body, `text` for another, neither for none.
struct Got {
    int status = 0;  ///< 0: no answer, `failure` says why
    std::string failure;
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
    std::optional<json> body;
    std::optional<std::string> text;

    const std::string* header(std::string_view name) const;
};

/// In what `got` differs from the accepted answer `want`, one line each; none: it passes. The rules are those of the recordings:
/// null and absent are equal, the JSON parser's error texts and the prose of an API description do not count, volatile paths
/// count by their type. `headers` compares the fields that clients depend on, too.
std::vector<std::string> mismatches(const json& want, const Got& got, const json& request, bool headers);

}  // namespace mt::conformance
