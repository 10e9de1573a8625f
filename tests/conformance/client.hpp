#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/files.hpp"
#include "tests/conformance/compare.hpp"

namespace mt::conformance {

/// One kept-alive connection to a UNIX socket, blocking; opened anew when the server has closed it.
class Client {
public:
    explicit Client(std::filesystem::path socket) : socket_(std::move(socket)) {}

    struct Message {
        std::string method, path;
        std::vector<std::pair<std::string, std::string>> headers;
        std::optional<std::string> body;
        bool head_only = false;  ///< a stream without end: the connection is closed after the head
    };
    Got send(const Message& message);

    /// Whether somebody accepts there.
    bool connects();

private:
    bool connect();
    bool write_all(std::string_view bytes);
    Got receive(const Message& message, bool& nothing_came);

    std::filesystem::path socket_;
    Fd fd_;
};

}  // namespace mt::conformance
