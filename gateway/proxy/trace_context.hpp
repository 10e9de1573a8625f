#pragma once
#include <array>
#include <string_view>

#include "base/http/head.hpp"

namespace mt::gateway {

/// What a request says about the trace that it belongs to, as the worker is told (W3C Trace Context, level 1). The
/// gateway takes part: of a valid traceparent it keeps trace id and flags and puts an id of its own in the parent's
/// place, and tracestate goes on as it came. Without a valid one a trace begins here, unsampled since nobody records it
/// for us, and tracestate is dropped (section 3.3.1.2).
class TraceContext {
public:
    /// `random` gives 64 bits each time.
    template <class Random>
    void set(const http::Head& head, Random& random) {
        if (!read(head)) {
            begin();
            fill(3, 16, random());
            fill(19, 16, random());
        }
        fill(36, 16, random());
    }

    bool empty() const { return text_[0] == '\0'; }
    /// `00-<trace id>-<our id>-<flags>`; empty before set().
    std::string_view traceparent() const { return empty() ? std::string_view{} : std::string_view{text_.data(), text_.size()}; }
    std::string_view trace_id() const { return empty() ? std::string_view{} : std::string_view{text_.data() + 3, 32}; }
    std::string_view span_id() const { return empty() ? std::string_view{} : std::string_view{text_.data() + 36, 16}; }
    /// tracestate belongs to this trace.
    bool keep_state() const { return keep_state_; }

private:
    bool read(const http::Head& head);
    void begin();
    void fill(std::size_t at, int digits, std::uint64_t bits);

    std::array<char, 55> text_{};
    bool keep_state_ = false;
};

}  // namespace mt::gateway
