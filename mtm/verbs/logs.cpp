#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "base/printable.hpp"
#include "mtm/log_file.hpp"
#include "mtm/select.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

Result<int> run_logs(Session& session, const Arguments& arguments) {
    if (arguments.words.size() != 1) return Error{Errc::usage, "logs takes one tenant"}.hint("mtm logs foo");
    MT_TRY(const auto id, TenantId::parse(arguments.words.front()));
    const auto path = session.layout().tenant_log(id);
    // The log of a tenant that was just removed is still worth reading.
    if (::access(path.c_str(), R_OK) != 0) {
        if (errno != ENOENT) return errno_error("read", path.native());
        MT_CHECK(require_tenant(session.layout(), id));
        session.output.note("note: " + id.str() + " has written no log yet");
    }
    const auto print = [&](std::string_view line) {
        if (session.output.json_wanted())
            std::cout << json{{"id", id.str()}, {"line", line}}.dump(-1, ' ', false, json::error_handler_t::replace) << "\n";
        else
            std::cout << printable(line) << "\n";
        if (arguments.follow) std::cout.flush();
        return std::cout.good();
    };
    if (arguments.follow) MT_CHECK(follow_lines(path, arguments.lines, print));
    else MT_CHECK(last_lines(path, arguments.lines, print));
    std::cout.flush();
    return 0;
}

}  // namespace mt::mtm
