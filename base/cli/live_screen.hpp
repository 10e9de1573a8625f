#pragma once
#include <termios.h>

#include <chrono>
#include <string>

namespace mt::cli {

/// The whole terminal for a picture that is drawn again and again. What was on it before is back when the object ends,
/// however the program is ended but by SIGKILL: signals that would end it are keys instead.
class LiveScreen {
public:
    /// Both ends are a terminal.
    static bool possible();
    LiveScreen();
    LiveScreen(const LiveScreen&) = delete;
    LiveScreen& operator=(const LiveScreen&) = delete;
    ~LiveScreen();

    struct Size {
        std::size_t rows = 24, columns = 80;
    };
    Size size() const;
    /// Lines that do not fit are left out.
    void draw(const std::string& text);

    static constexpr char k_timeout = 0, k_interrupted = 3, k_terminated = 4, k_resized = 12;
    /// The next key, or one of those above.
    char wait(std::chrono::milliseconds longest);

private:
    termios before_{};
    int signals_ = -1;
};

}  // namespace mt::cli
