#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>

#include "base/files.hpp"
#include "base/result.hpp"

namespace mt::app {

/// How a program is reached: by a socket that it inherits, at a port of 127.0.0.1, or at a path.
struct ProgramDoor {
    int listener = -1;  ///< borrowed; -1: it makes its own
    unsigned short port = 0;
    std::filesystem::path socket;
};

/// Finds out when a program is ready, by whichever comes first: a byte on the pipe whose number is in $READY_FD, `READY=1` to
/// $NOTIFY_SOCKET (sd_notify(3)), or a connection that it accepts.
class Readiness {
public:
    /// Fails with failed.
    static Result<Readiness> prepare(ProgramDoor door);

    int pipe() const { return pipe_.get(); }             ///< to poll for reading; -1 once it has ended
    int program_pipe() const { return theirs_.get(); }   ///< the program's end
    int notify_socket() const { return notify_.get(); }  ///< to poll for reading
    const std::string& notify_address() const { return notify_address_; }

    /// The child has its end.
    void started() { theirs_.reset(); }
    /// Each is called when there may be news; true: the program is ready.
    bool read_pipe();
    /// `program` is the child: only what is in its session is believed.
    bool read_notify(pid_t program);
    bool probe();
    /// Nobody else listens for connections from here on.
    void ready();

private:
    Readiness() = default;

    ProgramDoor door_;
    Fd listener_, pipe_, theirs_, notify_, probe_;
    std::string notify_address_;
};

}  // namespace mt::app
