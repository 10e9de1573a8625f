#pragma once
#include <chrono>
#include <functional>
#include <string>

#include "base/cli/output.hpp"

namespace mt::cli {

struct TopOptions {
    bool once = false;
    std::string sort = "requests";
    std::chrono::milliseconds interval{2'000};
};

/// The table of tenants, again and again on a terminal until q or Ctrl-C; once with `once`, with --json or without a
/// terminal.
/// `fetch` answers {"tenants": rows of GET /tenants, "gateway": of GET /gateway, may be absent}. Fails with usage for
/// an unknown key to sort by, and as `fetch` does.
Result<int> top(const Output& output, const TopOptions& options, const std::function<Result<json>()>& fetch);

/// What stands above the table: the gateway, if it is known, and the sum of the tenants.
std::string top_header(const json& data);

}  // namespace mt::cli
