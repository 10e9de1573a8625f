#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.hpp"

namespace mt::test {

/// A real worker over a tenant with one model (Note: title, required), started as the gateway starts one.
class Worker {
public:
    using Files = std::vector<std::pair<std::string, std::string>>;
    /// `config` is the text of config.json; `wait_ready` false leaves what it says to the test. `files` are written below the
    /// tenant's folder, over what is there: path and text.
    explicit Worker(std::string_view config = "{}", bool wait_ready = true, const Files& files = {});
    /// Started to replace `predecessor`, over the same folder and on the same socket, linked to it as the gateway does.
    struct Replacing {
        const Worker& worker;
    };
    explicit Worker(Replacing predecessor);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// A new connection to the listening socket.
    Fd connect() const;
    void say(std::string_view line) const;
    /// The next line of the control channel; empty at its end or after 10 s.
    std::string hear();
    void close_control() { control_.reset(); }
    /// Waits for the process to end, 10 s at most; -1 if it does not, 256 + n if signal n ended it.
    int exit_code();
    pid_t pid() const { return pid_; }
    const std::filesystem::path& folder() const { return folder_; }

private:
    void spawn(int predecessor_link);
    void wait_ready();

    std::filesystem::path folder_;
    bool owns_folder_ = true;
    Fd listener_, control_;
    std::string heard_;
    pid_t pid_ = -1;
};

void send_bytes(const Fd& connection, std::string_view bytes);
/// Reads one answer: head, empty line, body by its Content-Length (none for `to_head`). Empty at the end of the stream.
std::string read_answer(const Fd& connection, bool to_head = false);
/// True if the peer has closed, waiting 10 s at most.
bool is_closed(const Fd& connection);

}  // namespace mt::test
