#pragma once
#include <sys/types.h>

#include <cstddef>
#include <string_view>

#include "base/files.hpp"

namespace mt {

/// sendmsg(2) of `bytes` on a UNIX socket, never waiting, with `passed` along (SCM_RIGHTS) unless it is -1. The descriptor stays the
/// caller's: the other end gets a duplicate. As sendmsg: -1 and errno on failure; EINTR is taken care of.
ssize_t send_with_descriptor(int socket, std::string_view bytes, int passed);

/// recvmsg(2) into `room`, never waiting. `passed` is set if a descriptor came along, and left alone otherwise. As recvmsg: 0 at the
/// end, -1 and errno on failure.
ssize_t receive_with_descriptor(int socket, char* room, std::size_t size, Fd& passed);

}  // namespace mt
