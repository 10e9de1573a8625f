#include "base/cli/live_screen.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string_view>

namespace mt::cli {

namespace {

void put(std::string_view text) {
    while (!text.empty()) {
        const auto put = ::write(STDOUT_FILENO, text.data(), text.size());
        if (put <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(put));
    }
}

sigset_t watched() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) ::sigaddset(&set, number);
    return set;
}

}  // namespace

bool LiveScreen::possible() { return ::isatty(STDIN_FILENO) && ::isatty(STDOUT_FILENO); }

LiveScreen::LiveScreen() {
    const auto set = watched();
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    signals_ = ::signalfd(-1, &set, SFD_CLOEXEC);
    ::tcgetattr(STDIN_FILENO, &before_);
    auto raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
    put("\x1b[?1049h\x1b[?25l");  // another screen, no cursor
}

LiveScreen::~LiveScreen() {
    put("\x1b[?25h\x1b[?1049l");
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    if (signals_ >= 0) ::close(signals_);
}

LiveScreen::Size LiveScreen::size() const {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return {};
    return {size.ws_row, size.ws_col};
}

void LiveScreen::draw(const std::string& text) {
    const auto rows = size().rows;
    std::string out = "\x1b[H";
    std::string_view rest = text;
    for (std::size_t row = 0; row < rows && !rest.empty(); ++row) {
        const auto end = std::min(rest.find('\n'), rest.size());
        if (row > 0) out += "\n";
        out.append(rest.substr(0, end)).append("\x1b[K");
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    put(out + "\x1b[J");
}

char LiveScreen::wait(std::chrono::milliseconds longest) {
    pollfd ends[] = {{STDIN_FILENO, POLLIN, 0}, {signals_, POLLIN, 0}};
    if (::poll(ends, 2, static_cast<int>(longest.count())) <= 0) return k_timeout;
    if (ends[1].revents) {
        signalfd_siginfo info{};
        if (::read(signals_, &info, sizeof info) != sizeof info) return k_timeout;
        return info.ssi_signo == SIGWINCH ? k_resized : info.ssi_signo == SIGINT ? k_interrupted : k_terminated;
    }
    char key = 0;
    return ::read(STDIN_FILENO, &key, 1) == 1 ? key : k_terminated;  // the terminal is gone
}

}  // namespace mt::cli
