#include "mtm/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>

namespace mt::mtm {

namespace {

using namespace std::chrono_literals;
constexpr auto k_first = 1s;
constexpr auto k_every = 200ms;
constexpr std::size_t k_bar_signs = 30;

}  // namespace

Progress::Progress(std::string what, bool wanted)
    : what_(std::move(what)), wanted_(wanted && ::isatty(STDERR_FILENO)), began_(std::chrono::steady_clock::now()),
      next_(began_ + k_first) {}

Progress::~Progress() {
    if (drawn_) std::cerr << "\r\x1b[K" << std::flush;
}

void Progress::add(std::uint64_t count) {
    done_ += count;
    if (!wanted_) return;
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    next_ = now + k_every;
    draw();
}

void Progress::draw() {
    const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
    const auto rate = static_cast<std::uint64_t>(static_cast<double>(done_) / seconds);
    std::string line;
    if (total_ > 0) {
        const auto share = std::min<std::uint64_t>(done_, total_);
        const auto full = static_cast<std::size_t>(share * k_bar_signs / total_);
        line = "[" + std::string(full, '#') + std::string(k_bar_signs - full, ' ') + "] " +
            std::to_string(share * 100 / total_) + "%  ";
    }
    line += std::to_string(done_) + " " + what_ + ", " + std::to_string(rate) + "/s";
    std::cerr << "\r" << line << "\x1b[K" << std::flush;
    drawn_ = true;
}

}  // namespace mt::mtm
