#include "base/layout.hpp"

namespace mt {

namespace fs = std::filesystem;

Layout::Layout(fs::path tenants, fs::path control_socket)
    : tenants_(std::move(tenants)), control_socket_(std::move(control_socket)) {
    if (control_socket_.empty()) control_socket_ = tenants_ / ".run" / "control.sock";
    run_ = control_socket_.parent_path();
    sockets_ = run_;
}

Layout Layout::with_sockets_apart(unsigned number) const {
    auto apart = *this;
    apart.sockets_ = run_ / std::to_string(number);
    apart.socket_ending_ = ".s";
    return apart;
}

Status check_socket_path(const fs::path& given) {
    constexpr std::size_t bytes_max = 107;
    std::error_code ignored;
    const auto path = fs::absolute(given, ignored);  // as the gateway binds it
    if (path.native().size() <= bytes_max) return {};
    return Error{Errc::invalid_config, "the socket path " + path.native() + " has " + std::to_string(path.native().size()) +
                                           " bytes; a UNIX socket path holds " + std::to_string(bytes_max)}
        .hint("name a shorter place: --socket /run/mtg/control.sock, or move the tenants folder");
}

fs::path program_folder() {
    std::error_code ignored;
    return fs::read_symlink("/proc/self/exe", ignored).parent_path();
}

fs::path share_folder() { return program_folder().parent_path() / "share" / "mtg"; }

}  // namespace mt
