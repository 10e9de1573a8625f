#include "gateway/supervisor/spare_workers.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "base/pass_descriptor.hpp"

namespace mt::gateway {

namespace {

/// What `ps` shows of a worker is written over this argument.
const std::string k_room_for_arguments(256, ' ');

/// As tenant-app/spare.cpp reads it: the number of arguments, they, the environment; a NUL ends each, which none can hold.
std::string orders(const SpawnRequest& request) {
    auto text = std::to_string(request.arguments.size()) + '\0';
    for (const auto* list : {&request.arguments, &request.environment})
        for (const auto& entry : *list) text += entry + '\0';
    return text;
}

/// A spare says so once. To be taken before it gets its orders: an end that is closed with something unread resets the link.
bool says_it_waits(const Fd& link, int flags = 0) {
    char byte;
    return ::recv(link.get(), &byte, 1, MSG_DONTWAIT | flags) == 1;
}

}  // namespace

bool SpareWorkers::is_current() const {
    struct stat now {};
    return ::stat(program_.c_str(), &now) == 0 && now.st_dev == made_from_.st_dev && now.st_ino == made_from_.st_ino &&
           now.st_mtim.tv_sec == made_from_.st_mtim.tv_sec && now.st_mtim.tv_nsec == made_from_.st_mtim.tv_nsec;
}

void SpareWorkers::end(Spare& spare) {
    ::kill(spare.process.pid, SIGKILL);
    while (::waitpid(spare.process.pid, nullptr, 0) < 0 && errno == EINTR) {}
}

std::size_t SpareWorkers::waiting() const {
    return static_cast<std::size_t>(
        std::count_if(spares_.begin(), spares_.end(), [](const Spare& spare) { return says_it_waits(spare.link, MSG_PEEK); }));
}

void SpareWorkers::refill() {
    std::erase_if(spares_, [](const Spare& spare) { return ::waitpid(spare.process.pid, nullptr, WNOHANG) != 0; });
    if (spares_.size() >= count_) return;
    if (spares_.empty()) ::stat(program_.c_str(), &made_from_);
    const Fd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    while (spares_.size() < count_) {
        int ends[2];
        if (!null || ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return;
        Fd ours{ends[0]};
        const Fd theirs{ends[1]};
        auto process = gateway::spawn({program_, {"--spare", k_room_for_arguments}, environment_,
                                       {null.get(), null.get(), null.get(), theirs.get()}});
        // Not ours to report: whoever needs a worker next hears why none can be started.
        if (!process.ok()) return;
        spares_.push_back({*std::move(process), std::move(ours)});
    }
}

Result<Spawned> SpareWorkers::spawn(const SpawnRequest& request) {
    if (!spares_.empty() && !is_current()) {
        for (auto& spare : spares_) end(spare);
        spares_.clear();
    }
    const auto found = std::find_if(spares_.begin(), spares_.end(), [](const Spare& spare) { return says_it_waits(spare.link); });
    if (found == spares_.end()) return gateway::spawn(request);
    auto spare = std::move(*found);
    spares_.erase(found);
    if (send_with_descriptors(spare.link.get(), orders(request), request.descriptors) >= 0) return std::move(spare.process);
    end(spare);  // somebody has killed it
    return gateway::spawn(request);
}

void SpareWorkers::dismiss() {
    count_ = 0;
    for (auto& spare : spares_) end(spare);
    spares_.clear();
}

}  // namespace mt::gateway
