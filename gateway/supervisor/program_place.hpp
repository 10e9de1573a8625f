#pragma once
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/upstream_address.hpp"

namespace mt::gateway {

/// A listening UNIX socket at `path`, mode 0700, in place of whatever is there. Fails with failed, or with invalid_config for
/// a path that is too long.
Result<Fd> listen_on_socket(const std::filesystem::path& path);

/// The TCP ports that programs were given and still have: no two of them get the same.
using PortBook = std::set<unsigned short>;

/// Where one process of a `command` tenant is reached. Each process has a place of its own, so that the proxy leaves one for
/// the next without the program's help. Given back with the object: the socket's file is removed, the port is free.
class ProgramPlace {
public:
    /// `listen` is tenant.json's: "fd" and "socket" use `socket_path`, "port" a free port of 127.0.0.1. Fails as
    /// listen_on_socket does.
    static Result<std::unique_ptr<ProgramPlace>> make(const std::string& listen, std::filesystem::path socket_path,
                                                      std::shared_ptr<PortBook> ports);
    ~ProgramPlace();
    ProgramPlace(const ProgramPlace&) = delete;
    ProgramPlace& operator=(const ProgramPlace&) = delete;

    const UpstreamAddress& address() const { return address_; }
    /// What `tenant-app <folder>` is told: exec, and how the program listens.
    std::vector<std::string> arguments() const;
    /// The socket that the process inherits, or -1.
    int listener() const { return listener_.get(); }
    /// The process has it: when that ends, so does the socket, and whoever waits in its backlog is told.
    void hand_over_listener() { listener_.reset(); }

private:
    ProgramPlace(UpstreamAddress address, Fd listener, std::shared_ptr<PortBook> ports);

    UpstreamAddress address_;
    Fd listener_;
    bool inherited_;
    std::shared_ptr<PortBook> ports_;
};

/// The place's file in the folder of the sockets, such as foo.3.sock; foo.3.sock/s for "socket": what the program makes itself
/// has a folder, the only one there that it may write.
std::filesystem::path program_socket(const std::filesystem::path& tenant_socket, std::uint64_t number, const std::string& listen);
/// Removes them: those of a gateway that was killed.
void remove_program_sockets(const std::filesystem::path& folder);

}  // namespace mt::gateway
