#include "gateway/proxy/reactor.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace mt::gateway {

Reactor::Reactor() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), bell_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = this;  // no source's address
    if (!epoll_ || !bell_ || ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, bell_.get(), &event) != 0)
        throw std::system_error{errno, std::generic_category(), "event loop"};
}

bool Reactor::watch(int fd, std::uint32_t events, Source& source) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &source;
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

bool Reactor::rewatch(int fd, std::uint32_t events, Source& source) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &source;
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) == 0;
}

void Reactor::unwatch(int fd) { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

void Reactor::forget(const Source& source) {
    for (int i = next_; i < count_; ++i)
        if (events_[i].data.ptr == &source) events_[i].data.ptr = nullptr;
    for (auto& waiting : again_)
        if (waiting == &source) waiting = nullptr;
}

bool Reactor::post(std::function<void()> task) {
    bool first = false;
    {
        const std::lock_guard lock{mutex_};
        if (ended_) return false;
        first = posted_.empty();
        posted_.push_back(std::move(task));
    }
    const std::uint64_t one = 1;
    if (first) [[maybe_unused]] const auto written = ::write(bell_.get(), &one, sizeof one);
    return true;
}

void Reactor::run_posted() {
    std::vector<std::function<void()>> tasks;
    {
        const std::lock_guard lock{mutex_};
        tasks.swap(posted_);
    }
    for (const auto& task : tasks) task();
}

void Reactor::wait(std::chrono::milliseconds longest) {
    const int timeout = !again_.empty() ? 0 : longest.count() < 0 ? -1 : static_cast<int>(longest.count());
    next_ = 0;
    count_ = ::epoll_wait(epoll_.get(), events_, static_cast<int>(std::size(events_)), timeout);
    if (count_ < 0) count_ = 0;  // EINTR
}

void Reactor::dispatch() {
    while (next_ < count_) {
        const auto event = events_[next_++];
        if (event.data.ptr == this) {
            std::uint64_t rung = 0;
            [[maybe_unused]] const auto got = ::read(bell_.get(), &rung, sizeof rung);
            run_posted();
        } else if (event.data.ptr) {
            static_cast<Source*>(event.data.ptr)->ready(event.events);
        }
    }
    // Those that ask again meanwhile get their turn behind the next wait.
    const auto waiting = again_.size();
    for (std::size_t i = 0; i < waiting; ++i)
        if (Source* const source = std::exchange(again_[i], nullptr)) source->ready(0);
    again_.erase(again_.begin(), again_.begin() + static_cast<std::ptrdiff_t>(waiting));
}

void Reactor::end() {
    {
        const std::lock_guard lock{mutex_};
        ended_ = true;
    }
    run_posted();
}

}  // namespace mt::gateway
