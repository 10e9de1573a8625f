#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/json_file.hpp"

namespace mt::app {

/// Where mail is delivered, as nodemailer's options say it.
struct SmtpSettings {
    std::string host = "localhost";
    unsigned port = 587;       ///< 465 with `secure`
    bool secure = false;       ///< TLS from the first byte; else STARTTLS where the server has it
    bool require_tls = false;  ///< no STARTTLS, no mail
    bool ignore_tls = false;   ///< no STARTTLS even if the server has it
    bool verify = true;        ///< the server's certificate, `tls.rejectUnauthorized`
    std::string name;          ///< said in EHLO; empty: the machine's
    std::string user, password;
};

/// The first transport of type smtp of a data source with the mail connector: `transports`, or LoopBack 2's
/// `transport`. Nothing if it has none. What is not supported is appended to `warnings` as a pointer below the data
/// source and a text. Fails with invalid_config at such a pointer.
Result<std::optional<SmtpSettings>> read_smtp(const ordered_json& datasource,
                                              std::vector<std::pair<std::string, std::string>>& warnings);

}  // namespace mt::app
