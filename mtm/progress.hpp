#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace mt::mtm {

/// A line on a terminal's stderr that shows how far something is, once it has taken a second. Nothing elsewhere, and
/// with --json.
class Progress {
public:
    /// `what` is what is counted: "rows".
    Progress(std::string what, bool wanted);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    /// Takes the line away.
    ~Progress();

    /// 0 is an unknown total.
    void expect(std::uint64_t total) { total_ = total; }
    void add(std::uint64_t count);

private:
    void draw();

    std::string what_;
    bool wanted_, drawn_ = false;
    std::uint64_t done_ = 0, total_ = 0;
    std::chrono::steady_clock::time_point began_, next_;
};

}  // namespace mt::mtm
