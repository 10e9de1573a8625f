#include "gateway/proxy/buffers.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace mt::gateway {

namespace {
constexpr std::size_t k_free_max = 32;
}

void BufferPool::lend(Buffer& buffer) {
    if (buffer.storage) return;
    if (free_.empty()) {
        buffer.storage.reset(new char[k_buffer_bytes]);
    } else {
        buffer.storage = std::move(free_.back());
        free_.pop_back();
    }
    buffer.begin = buffer.end = 0;
}

void BufferPool::take_back(Buffer& buffer) {
    if (buffer.storage && free_.size() < k_free_max) free_.push_back(std::move(buffer.storage));
    buffer.storage.reset();
    buffer.begin = buffer.end = 0;
}

void BodyReader::start(http::Framing how, std::uint64_t length) {
    framing = how;
    left = length;
    decoder = {};
    done = how == http::Framing::none || (how == http::Framing::length && length == 0);
}

std::string_view BodyReader::take(Buffer& from) {
    if (done || from.empty()) return {};
    char* const first = from.storage.get() + from.begin;
    const std::size_t there = from.end - from.begin;
    if (framing != http::Framing::chunked) {
        const auto length = framing == http::Framing::length ? static_cast<std::size_t>(std::min<std::uint64_t>(left, there)) : there;
        from.begin += static_cast<std::uint32_t>(length);
        if (framing == http::Framing::length) {
            left -= length;
            done = left == 0;
        }
        return {first, length};
    }
    std::size_t used = 0, length = 0;
    while (used < there && !decoder.done()) {
        const auto step = decoder.feed({first + used, there - used});
        if (step.used == 0) break;
        if (!step.data.empty()) std::memmove(first + length, step.data.data(), step.data.size());
        length += step.data.size();
        used += step.used;
    }
    from.begin += static_cast<std::uint32_t>(used);
    done = decoder.done();
    return {first, length};
}

void Outgoing::put(std::string_view head, std::string_view body) {
    head_ = head;
    body_ = body;
    size_ = tail_ = {};
}

void Outgoing::put_chunk(std::string_view head, std::string_view body, bool last) {
    head_ = head;
    body_ = body;
    size_ = {};
    tail_ = last ? "0\r\n\r\n" : "";
    if (body.empty()) return;
    char* const end = std::to_chars(size_text_, size_text_ + sizeof size_text_ - 2, body.size(), 16).ptr;
    end[0] = '\r';
    end[1] = '\n';
    size_ = {size_text_, static_cast<std::size_t>(end + 2 - size_text_)};
    tail_ = last ? "\r\n0\r\n\r\n" : "\r\n";
}

Wire::Moved Outgoing::flush(Wire& wire) {
    iovec parts[4];
    int count = 0;
    for (const auto& part : {head_, size_, body_, tail_})
        if (!part.empty()) parts[count++] = {const_cast<char*>(part.data()), part.size()};
    const auto moved = wire.send(parts, count);
    auto left = moved.bytes;
    for (auto* part : {&head_, &size_, &body_, &tail_}) {
        const auto length = std::min(left, part->size());
        part->remove_prefix(length);
        left -= length;
    }
    if (!head_.empty() && (head_.data() < kept_.data() || head_.data() >= kept_.data() + kept_.size())) {
        kept_.assign(head_);
        head_ = kept_;
    }
    return moved;
}

}  // namespace mt::gateway
