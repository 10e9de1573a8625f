#pragma once
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace mt::gateway {

/// What mtm printed with --json.
struct ManagerAnswer {
    bool ok = false;
    std::string document;
};

/// Runs a program without a shell, in a session of its own, and reads its output: at most 4 MiB, for at most
/// `patience`; then it is killed, as it is when the caller goes. Fails with failed, with timed_out, with
/// payload_too_large.
boost::asio::awaitable<Result<ManagerAnswer>> run_manager(std::string program, std::vector<std::string> words,
                                                          std::chrono::milliseconds patience);

}  // namespace mt::gateway
