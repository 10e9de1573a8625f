#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/http/chunked.hpp"
#include "base/http/head.hpp"

namespace mt::gateway {

/// Reads an answer as the gateway writes it to an HTTP/1.1 client, piece by piece, and takes the framing off again.
class AnswerText {
public:
    /// `to_head`: the answer has no body, whatever it says. `on_head` gets every head, interim ones too; its views hold for the call.
    AnswerText(bool to_head, std::function<void(const http::Head&)> on_head) : to_head_(to_head), on_head_(std::move(on_head)) {}

    /// Takes all of `bytes`; what is body is appended to `body`. False: this is no answer.
    bool take(std::string_view bytes, std::string& body);
    bool begun() const { return begun_; }  ///< a final head was seen
    bool ended() const { return ended_; }

private:
    bool take_head(std::string_view& bytes);

    bool to_head_;
    std::function<void(const http::Head&)> on_head_;
    std::string head_;
    http::Framing framing_ = http::Framing::none;
    std::uint64_t left_ = 0;
    http::ChunkedDecoder decoder_;
    bool begun_ = false, ended_ = false;
};

}  // namespace mt::gateway
