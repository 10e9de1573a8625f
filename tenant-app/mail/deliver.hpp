#pragma once
#include <filesystem>

#include "tenant-app/mail/smtp_settings.hpp"

namespace mt::app {

/// What became of the messages in an outbox.
struct Delivery {
    std::size_t sent = 0;
    std::size_t refused = 0;  ///< by the server for good: renamed to `.refused`
    std::size_t left = 0;     ///< to be tried again
};

/// Sends every `.eml` file of the folder, oldest first, and removes it when the server has taken it. Stops at the first
/// failure that may pass (no server, 4xx, wrong password), and takes on no new message after a minute. One process at a
/// time: if another is at it, nothing happens. Tells of each failure on stderr, without addresses. Fails with failed
/// (the folder cannot be read).
Result<Delivery> deliver(const std::filesystem::path& outbox, const SmtpSettings& settings);

}  // namespace mt::app
