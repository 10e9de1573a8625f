#include "tenant-app/spare.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "base/layout.hpp"
#include "base/pass_descriptor.hpp"
#include "tenant-app/app.hpp"
#include "tenant-app/connectors/sqlite/database.hpp"
#include "tenant-app/connectors/sqlite/table.hpp"

namespace mt::app {

namespace {

constexpr int k_link_fd = 3;
constexpr std::size_t k_message_bytes_max = 256u << 10;

/// Loads what every tenant starts from, and makes its tables in memory. Without it, what comes then is slower and no different.
void rehearse() {
    const auto app = App::load(share_folder() / "templates" / "default");
    const auto database = sqlite::Database::in_memory();
    if (!app.ok() || !database.ok()) return;
    std::vector<const Model*> models;
    for (const auto& model : (*app)->registry().models)
        if (model->persisted) models.push_back(model.get());
    [[maybe_unused]] const auto tables = sqlite::migrate(**database, models);
}

struct Orders {
    std::vector<std::string> arguments, environment;
    std::vector<Fd> descriptors;
};

/// Up to the next NUL, which is dropped.
std::string take_text(std::string_view& left) {
    std::string text{left.substr(0, left.find('\0'))};
    left.remove_prefix(std::min(text.size() + 1, left.size()));
    return text;
}

/// The message of gateway/supervisor/spare_workers.cpp: the number of arguments, they, the environment, each ended by a NUL.
Orders receive_orders() {
    std::string message(k_message_bytes_max, '\0');
    Orders orders;
    ssize_t got;
    do {
        pollfd ready{k_link_fd, POLLIN, 0};
        ::poll(&ready, 1, -1);
        got = receive_with_descriptors(k_link_fd, message.data(), message.size(), orders.descriptors);
    } while (got < 0 && (errno == EINTR || errno == EAGAIN));
    if (got <= 0) ::_exit(0);
    std::string_view left{message.data(), static_cast<std::size_t>(got)};
    for (auto count = std::stoul(take_text(left)); count > 0; --count) orders.arguments.push_back(take_text(left));
    while (!left.empty()) orders.environment.push_back(take_text(left));
    return orders;
}

void take_environment(const std::vector<std::string>& environment) {
    ::clearenv();
    for (const auto& entry : environment) {
        const auto equals = entry.find('=');
        if (equals != std::string::npos) ::setenv(entry.substr(0, equals).c_str(), entry.c_str() + equals + 1, 1);
    }
}

/// They become 0, 1, 2 …, and nothing else stays open.
void take_descriptors(std::vector<Fd> descriptors) {
    const auto count = static_cast<int>(descriptors.size());
    // Above those that they become, so that none is overwritten before it is copied.
    for (auto& descriptor : descriptors) descriptor = Fd{::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, count)};
    for (int i = 0; i < count; ++i) ::dup2(descriptors[static_cast<std::size_t>(i)].get(), i);
    for (auto& descriptor : descriptors) descriptor.reset();
    ::close_range(static_cast<unsigned>(count), ~0u, 0);
}

/// Writes the arguments where the kernel shows them from: the strings behind argv lie one after the other.
void show_arguments(int argc, char** argv, const std::vector<std::string>& arguments) {
    char* const end = argv[argc - 1] + std::strlen(argv[argc - 1]);
    char* at = argv[0] + std::strlen(argv[0]) + 1;
    for (const auto& argument : arguments) {
        const auto size = std::min(argument.size() + 1, static_cast<std::size_t>(end - at));
        std::memcpy(at, argument.c_str(), size);
        at += size;
    }
    std::memset(at, 0, static_cast<std::size_t>(end - at));
}

}  // namespace

std::vector<std::string> wait_for_orders(int argc, char** argv) {
    rehearse();
    const char here = '.';
    if (::send(k_link_fd, &here, 1, MSG_NOSIGNAL) != 1) ::_exit(0);
    auto orders = receive_orders();
    show_arguments(argc, argv, orders.arguments);
    take_environment(orders.environment);
    take_descriptors(std::move(orders.descriptors));
    return std::move(orders.arguments);
}

}  // namespace mt::app
