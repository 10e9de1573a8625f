#include "gateway/proxy/http2/frames.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <new>

namespace mt::gateway {

namespace {

/// A client that is answered before its request is complete may be told to stop (RFC 9113 section 8.1). Many take that for a failure,
/// curl among them; so it is let finish, within reason.
constexpr std::size_t k_dropped_bytes = 4u << 20;
constexpr std::size_t k_resume_below = 32u << 10;  ///< an answer's writer goes on when that little is left

nghttp2_nv pair(std::string_view name, std::string_view value) {
    const auto bytes = [](std::string_view text) { return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data())); };
    return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

std::string lower(std::string_view text) {
    std::string out{text};
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    return out;
}

bool is_for_http1_only(const http::Field& field) {
    using enum http::FieldName;
    return field.id == connection || field.id == keep_alive || field.id == proxy_connection || field.id == transfer_encoding ||
           field.id == upgrade || field.id == te || field.id == trailer;
}

/// A reset of ours that the client brought about by breaking the rules: as cheap for it as one of its own, and as dear for us.
bool was_provoked(std::uint32_t code) { return code != NGHTTP2_NO_ERROR && code != NGHTTP2_INTERNAL_ERROR; }

}  // namespace

/// nghttp2's calls of us. They only note; what leads elsewhere waits until nghttp2 has returned.
struct Http2Frames::Callbacks {
    static Http2Frames& self(void* data) { return *static_cast<Http2Frames*>(data); }

    /// Counts what asks for nothing; of what asks for something there are other bounds, and WINDOW_UPDATEs are as many as our DATA.
    static int begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* data) {
        auto& frames = self(data);
        switch (head->type) {
            case NGHTTP2_HEADERS:
            case NGHTTP2_CONTINUATION:
            case NGHTTP2_WINDOW_UPDATE: break;
            case NGHTTP2_RST_STREAM: frames.calm(frames.resets_); break;
            case NGHTTP2_DATA:
                if (head->length > 0 || (head->flags & NGHTTP2_FLAG_END_STREAM) != 0) break;
                [[fallthrough]];
            default: frames.calm(frames.idle_frames_);
        }
        return 0;
    }

    static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* data) {
        auto& frames = self(data);
        if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
        const auto id = frame->hd.stream_id;
        frames.streams_.emplace(id, std::make_unique<Http2Stream>(frames, id, frames.limits_.head_bytes));
        return 0;
    }

    static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_bytes,
                      const std::uint8_t* value, std::size_t value_bytes, std::uint8_t, void* data) {
        auto* const stream = self(data).find(frame->hd.stream_id);
        if (!stream || stream->has_head) return 0;  // trailers: dropped
        const bool good = stream->request.add({reinterpret_cast<const char*>(name), name_bytes}, {reinterpret_cast<const char*>(value), value_bytes});
        return good ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }

    /// Else nghttp2 would drop the field and go on; RFC 9113 section 8.2.1 calls the request malformed.
    static int invalid_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t*, std::size_t, const std::uint8_t*, std::size_t,
                              std::uint8_t, void*) {
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }

    static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* data) {
        auto& frames = self(data);
        if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
        const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
        if (auto* const stream = frames.find(frame->hd.stream_id)) frames.request_complete(*stream, ends);
        return 0;
    }

    static int data_chunk(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t count, void* data) {
        auto* const stream = self(data).find(id);
        if (stream && stream->layer) {
            stream->body.tail().append(reinterpret_cast<const char*>(bytes), count);
            stream->layer->announce();
        } else if (stream && std::find(self(data).opened_.begin(), self(data).opened_.end(), id) != self(data).opened_.end()) {
            stream->body.tail().append(reinterpret_cast<const char*>(bytes), count);  // it came with its head
        } else {
            nghttp2_session_consume(session, id, count);
            if (stream && (stream->dropped += count) > k_dropped_bytes)
                nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR);
        }
        return 0;
    }

    static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* data) {
        auto& frames = self(data);
        if (frame->hd.type == NGHTTP2_RST_STREAM && was_provoked(frame->rst_stream.error_code)) frames.calm(frames.resets_);
        return 0;
    }

    static int stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t, void* data) {
        auto& frames = self(data);
        std::erase(frames.opened_, id);
        frames.streams_.erase(id);
        return 0;
    }

    static ssize_t read_answer(nghttp2_session*, std::int32_t id, std::uint8_t* to, std::size_t bytes, std::uint32_t* flags, nghttp2_data_source*,
                               void* data) {
        auto* const stream = self(data).find(id);
        if (!stream) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        const auto count = stream->out.take(reinterpret_cast<char*>(to), bytes);
        if (stream->out.empty() && stream->answer->ended()) *flags |= NGHTTP2_DATA_FLAG_EOF;
        if (stream->out.size() < k_resume_below && stream->layer) stream->layer->announce();
        if (count > 0 || (*flags & NGHTTP2_DATA_FLAG_EOF) != 0) return static_cast<ssize_t>(count);
        stream->answer_waits = true;
        return NGHTTP2_ERR_DEFERRED;
    }
};

Http2Frames::Http2Frames(Owner& owner, const Http2Limits& limits) : owner_(owner), limits_(limits) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_option* options = nullptr;
    if (nghttp2_session_callbacks_new(&callbacks) != 0 || nghttp2_option_new(&options) != 0) throw std::bad_alloc{};
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, Callbacks::begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Callbacks::begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::header);
    nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, Callbacks::invalid_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Callbacks::frame_received);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Callbacks::data_chunk);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, Callbacks::frame_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::stream_closed);
    nghttp2_option_set_no_auto_window_update(options, 1);  // windows open as workers take the bytes
    nghttp2_option_set_no_closed_streams(options, 1);
    const int made = nghttp2_session_server_new2(&session_, callbacks, this, options);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(options);
    if (made != 0) throw std::bad_alloc{};
    const std::array<nghttp2_settings_entry, 3> settings{{
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.streams},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits.head_bytes)},
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
    }};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, static_cast<std::int32_t>(limits.connection_window));
}

Http2Frames::~Http2Frames() {
    for (const auto& [id, stream] : streams_)
        if (stream->layer) std::exchange(stream->layer, nullptr)->lose();
    nghttp2_session_del(session_);
}

Http2Stream* Http2Frames::find(std::int32_t id) {
    const auto found = streams_.find(id);
    return found == streams_.end() ? nullptr : found->second.get();
}

std::size_t Http2Frames::served() const {
    return static_cast<std::size_t>(std::count_if(streams_.begin(), streams_.end(), [](const auto& row) { return row.second->layer != nullptr; }));
}

void Http2Frames::calm(Allowance& allowance) {
    if (allowance.take(now_) || std::exchange(flooded_, true)) return;
    nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
}

/// HEADERS or DATA came whole.
void Http2Frames::request_complete(Http2Stream& stream, bool ended) {
    stream.request_ended |= ended;
    if (!stream.has_head) {
        stream.has_head = true;
        if (stream.request.too_large()) {
            const std::array head{pair(":status", "431"), pair("content-length", "0")};
            nghttp2_submit_response(session_, stream.id, head.data(), head.size(), nullptr);
            return;
        }
        stream.text = stream.request.finish(!ended);
        stream.chunked = !ended && !stream.request.has_length();
        if (stream.text.empty()) nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_PROTOCOL_ERROR);
        else opened_.push_back(stream.id);
    }
    if (stream.layer) stream.layer->announce();
}

bool Http2Frames::feed(std::string_view bytes, Clock::time_point now) {
    now_ = now;
    const auto used = nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    if (flooded_) return false;
    for (const auto id : std::exchange(opened_, {}))
        if (auto* const stream = find(id)) owner_.opened(*stream);
    return used == static_cast<ssize_t>(bytes.size());
}

bool Http2Frames::output(std::string& out, std::size_t bytes_max) {
    while (out.size() < bytes_max) {
        const std::uint8_t* bytes = nullptr;
        const auto count = nghttp2_session_mem_send(session_, &bytes);
        if (count < 0) return false;
        if (count == 0) break;
        out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count));
    }
    return true;
}

void Http2Frames::go_away() {
    if (std::exchange(gone_, true)) return;
    nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR, nullptr, 0);
}

bool Http2Frames::finished() const {
    if (gone_ && streams_.empty() && nghttp2_session_want_write(session_) == 0) return true;
    return nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0;
}

void Http2Frames::consumed(Http2Stream& stream, std::size_t bytes) {
    nghttp2_session_consume(session_, stream.id, bytes);
    owner_.output_pending();
}

void Http2Frames::submit_head(Http2Stream& stream, const http::Head& head) {
    std::string names;  // lower-cased, one after the other
    for (const auto& field : head.fields()) names += lower(field.name);
    const std::array digits{static_cast<char>('0' + head.status / 100), static_cast<char>('0' + head.status / 10 % 10),
                            static_cast<char>('0' + head.status % 10)};
    std::vector<nghttp2_nv> list{pair(":status", {digits.data(), digits.size()})};
    std::size_t at = 0;
    for (const auto& field : head.fields()) {
        if (!is_for_http1_only(field)) list.push_back(pair(std::string_view{names}.substr(at, field.name.size()), field.value));
        at += field.name.size();
    }
    if (head.status < 200) {
        nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, stream.id, nullptr, list.data(), list.size(), nullptr);
        return;
    }
    stream.answer_submitted = true;
    const bool empty = head.framing == http::Framing::none || (head.framing == http::Framing::length && head.content_length == 0);
    nghttp2_data_provider body{};
    body.read_callback = Callbacks::read_answer;
    if (nghttp2_submit_response(session_, stream.id, list.data(), list.size(), empty ? nullptr : &body) != 0)
        nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_INTERNAL_ERROR);
}

bool Http2Frames::answer(Http2Stream& stream, std::string_view text) {
    if (!stream.answer)
        stream.answer = std::make_unique<AnswerText>(stream.request.is_head(), [this, &stream](const http::Head& head) { submit_head(stream, head); });
    if (!stream.answer->take(text, stream.out.tail())) return false;
    if (stream.answer_submitted && std::exchange(stream.answer_waits, false)) nghttp2_session_resume_data(session_, stream.id);
    owner_.output_pending();
    return true;
}

/// Whoever served the stream is gone. What it has answered in full still leaves; else the client sees that it is cut.
void Http2Frames::abandoned(Http2Stream& stream) {
    if (!stream.answer || !stream.answer->ended()) nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_INTERNAL_ERROR);
    if (!stream.body.empty()) nghttp2_session_consume(session_, stream.id, stream.body.size());
    stream.body.clear();
    owner_.output_pending();
}

}  // namespace mt::gateway
