#pragma once
#include <string>

#include "base/json_file.hpp"

namespace mt::cli {

/// What a doctor finds: rows of {"check", "result": "ok", "warning" or "failed", "found", "fix"}.
class Findings {
public:
    void ok(std::string check, std::string found) { add(std::move(check), "ok", std::move(found), {}); }
    /// It works, and not as well as it could. `fix` is what to do, if possible a command to paste.
    void warn(std::string check, std::string found, std::string fix) {
        add(std::move(check), "warning", std::move(found), std::move(fix));
    }
    void fail(std::string check, std::string found, std::string fix) {
        add(std::move(check), "failed", std::move(found), std::move(fix));
    }

    const json& rows() const { return rows_; }
    bool failed() const { return failed_; }

private:
    void add(std::string check, const char* result, std::string found, std::string fix);

    json rows_ = json::array();
    bool failed_ = false;
};

/// The rows as a table, each fix on a line of its own below.
std::string render_findings(const json& rows, bool colour);

}  // namespace mt::cli
