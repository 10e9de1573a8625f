#include "gateway/proxy/http2/answer_text.hpp"

#include <algorithm>

namespace mt::gateway {

namespace {

/// Ours are as large as the worker's, which was checked, and a little.
constexpr http::ScanLimits k_limits{256u << 10, 8u << 10};

}  // namespace

bool AnswerText::take_head(std::string_view& bytes) {
    static thread_local http::Head head;  // 4 KiB; used up before anybody else's turn
    const auto before = head_.size();
    head_.append(bytes);
    const auto scan = http::scan_response(head_, head, to_head_, k_limits);
    if (scan.state == http::ScanResult::State::invalid) return false;
    if (scan.state == http::ScanResult::State::incomplete) {
        bytes = {};
        return true;
    }
    bytes.remove_prefix(head.size - before);
    on_head_(head);
    begun_ = head.status >= 200;
    framing_ = head.framing;
    left_ = framing_ == http::Framing::length ? head.content_length : 0;
    ended_ = begun_ && (framing_ == http::Framing::none || (framing_ == http::Framing::length && left_ == 0));
    head_.clear();
    head_.shrink_to_fit();
    return true;
}

bool AnswerText::take(std::string_view bytes, std::string& body) {
    while (!bytes.empty() && !ended_) {
        if (!begun_) {
            if (!take_head(bytes)) return false;
        } else if (framing_ == http::Framing::length) {
            const auto part = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
            body.append(part);
            bytes.remove_prefix(part.size());
            left_ -= part.size();
            ended_ = left_ == 0;
        } else {
            const auto step = decoder_.feed(bytes);
            if (decoder_.failed() || step.used == 0) return false;
            body.append(step.data);
            bytes.remove_prefix(step.used);
            ended_ = decoder_.done();
        }
    }
    return bytes.empty();
}

}  // namespace mt::gateway
