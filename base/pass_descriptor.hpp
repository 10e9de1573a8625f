#pragma once
#include <sys/types.h>

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/files.hpp"

namespace mt {

/// How many descriptors one message carries at most.
constexpr std::size_t k_passed_max = 8;

/// sendmsg(2) of `bytes` on a UNIX socket, never waiting, with `passed` along (SCM_RIGHTS), k_passed_max at most. The descriptors
/// stay the caller's: the other end gets duplicates. As sendmsg: -1 and errno on failure; EINTR is taken care of.
ssize_t send_with_descriptors(int socket, std::string_view bytes, std::span<const int> passed);

/// recvmsg(2) into `room`, never waiting. `passed` gets the descriptors that came along. As recvmsg: 0 at the end, -1 and errno
/// on failure.
ssize_t receive_with_descriptors(int socket, char* room, std::size_t size, std::vector<Fd>& passed);

/// The same with one descriptor; with none if it is -1.
ssize_t send_with_descriptor(int socket, std::string_view bytes, int passed);

/// The same for one descriptor: `passed` is set if one came along, and left alone otherwise.
ssize_t receive_with_descriptor(int socket, char* room, std::size_t size, Fd& passed);

}  // namespace mt
