#pragma once
#include <string>
#include <string_view>

#include "tests/component/rest/worker.hpp"

namespace mt::test {

/// One request on a new connection, and its answer. `fields` are whole lines.
inline std::string ask(const Worker& worker, std::string_view method, std::string_view target, std::string_view fields = "",
    std::string_view body = "") {
    const auto connection = worker.connect();
    send_bytes(connection, std::string{method} + " " + std::string{target} + " HTTP/1.1\r\nHost: t\r\n" + std::string{fields} +
                               (body.empty() && method == "GET" ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n")
                                   + "\r\n" + std::string{body});
    return read_answer(connection, method == "HEAD");
}

inline std::string post_json(const Worker& worker, std::string_view target, std::string_view body) {
    return ask(worker, "POST", target, "Content-Type: application/json\r\n", body);
}

inline bool has(const std::string& answer, std::string_view text) { return answer.find(text) != std::string::npos; }
inline unsigned status(const std::string& answer) {
    return answer.size() > 12 ? static_cast<unsigned>(std::stoul(answer.substr(9, 3))) : 0;
}
inline std::string body_of(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

}  // namespace mt::test
