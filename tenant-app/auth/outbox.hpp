#pragma once
#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace mt::app {

struct Mail {
    std::string from, to, subject, text;
};

/// A message as RFC 5322 has it. Line breaks in the addresses and the subject, which could add fields, become spaces.
std::string mail_text(const Mail& mail);

/// Puts a message into the folder, as a file of its own that is there as a whole or not at all; whatever sends mail for the tenant
/// takes it from there. Makes the folder. Blocks. Fails with unavailable if 1,000 lie there already, so that nobody can fill the
/// disk by asking for resets; with failed.
Status put_mail(const std::filesystem::path& folder, const Mail& mail);

}  // namespace mt::app
