#pragma once
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace mt::gateway {

/// Bytes appended at the end and taken from the front, without moving what is left each time.
class ByteQueue {
public:
    bool empty() const { return size() == 0; }
    std::size_t size() const { return bytes_.size() - taken_; }
    void clear() {
        bytes_.clear();
        taken_ = 0;
    }
    /// The string to append to. Whatever else is done to it, the front stays.
    std::string& tail() {
        if (taken_ > std::max(size(), k_worth_moving)) {
            bytes_.erase(0, taken_);
            taken_ = 0;
        }
        return bytes_;
    }
    /// Takes at most `bytes`, and answers how many.
    std::size_t take(char* to, std::size_t bytes) {
        const auto count = bytes_.copy(to, bytes, taken_);
        taken_ += count;
        if (empty()) clear();
        return count;
    }

private:
    static constexpr std::size_t k_worth_moving = 16u << 10;
    std::string bytes_;
    std::size_t taken_ = 0;
};

}  // namespace mt::gateway
