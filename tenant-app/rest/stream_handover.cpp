#include "tenant-app/rest/stream_handover.hpp"

#include <charconv>

#include "tenant-app/rest/report.hpp"

// Packets are a letter, a line, and a text:
//   c <model>          a change, as the streams tell it                            both ways
//   q                  a change that the stream which follows has yet to tell       to the successor
//   s <heard> <model>  a stream: its connection comes along; it has heard `heard` of the receiver's changes
//   d                  no more streams will come
//   f                  finished: no more changes either. A link that ends without it has broken
// Order does the rest: what the older worker changes after it has given a stream away reaches the successor behind that stream, and what the
// successor told it too late is in told_, to be told again.
namespace mt::app::rest {

namespace {

struct Packet {
    char kind = 0;
    std::string_view line, text;
};

Packet read_packet(std::string_view bytes) {
    if (bytes.empty()) return {};
    const auto end = std::min(bytes.find('\n'), bytes.size());
    return {bytes.front(), bytes.substr(1, end - 1), bytes.substr(std::min(end + 1, bytes.size()))};
}

std::string change_packet(const Model& model, const std::string& text) { return "c" + model.name + "\n" + text; }

}  // namespace

StreamHandover::StreamHandover(asio::io_context& io, const Registry& registry, Changes& changes, Adopt adopt, std::function<void()> settled)
    : io_(io), registry_(registry), changes_(changes), adopt_(std::move(adopt)), settled_(std::move(settled)) {}

StreamHandover::~StreamHandover() {
    if (predecessor_) predecessor_->close();
    if (successor_) successor_->close();
    changes_.relay_to(nullptr);
}

void StreamHandover::take_over_from(Fd predecessor) {
    predecessor_listens_ = true;
    predecessor_ = PacketLink::open(io_, std::move(predecessor),
        {[this](std::string_view packet, Fd passed) { from_predecessor(packet, std::move(passed)); }, [this] { predecessor_ended(); },
         [this] { settled_(); }});
    set_relay();
}

void StreamHandover::hand_over_to(Fd successor) {
    if (successor_) successor_->close();
    heard_from_successor_ = 0;
    successor_ = PacketLink::open(io_, std::move(successor),
        {[this](std::string_view packet, Fd) { from_successor(packet); }, [this] { successor_ended(); }, [this] { settled_(); }});
    set_relay();
}

void StreamHandover::set_relay() {
    if (!predecessor_listens_ && !successor_) return changes_.relay_to(nullptr);
    changes_.relay_to([this](const Model& model, const std::string& text) {
        tell_predecessor(model, text);
        tell_successor(model, text);
    });
}

void StreamHandover::tell_predecessor(const Model& model, const std::string& text) {
    if (!predecessor_ || !predecessor_listens_) return;
    told_bytes_ += text.size();
    if (told_bytes_ <= PacketLink::k_waiting_bytes_max) {
        told_.emplace_back(&model, text);
    } else {
        told_is_whole_ = false;
        told_.clear();
    }
    const auto link = predecessor_;  // which a failure takes away
    link->send(change_packet(model, text));
}

void StreamHandover::tell_successor(const Model& model, const std::string& text) {
    const auto link = successor_;
    if (link) link->send(change_packet(model, text));
}

void StreamHandover::from_predecessor(std::string_view bytes, Fd passed) {
    const auto packet = read_packet(bytes);
    switch (packet.kind) {
        case 'c':
            if (const auto* model = registry_.find(packet.line)) {
                changes_.deliver(*model, std::string{packet.text});
                tell_successor(*model, std::string{packet.text});
            }
            break;
        case 'q': moving_.emplace_back(packet.text); break;
        case 's': {
            std::size_t heard = 0;
            const auto [end, error] = std::from_chars(packet.line.data(), packet.line.data() + packet.line.size(), heard);
            const auto name = packet.line.substr(std::min<std::size_t>(packet.line.size(), static_cast<std::size_t>(end - packet.line.data()) + 1));
            if (error == std::errc{} && passed) adopt(registry_.find(name), heard, std::move(passed));
            moving_.clear();
            break;
        }
        case 'd':
            predecessor_listens_ = false;
            told_.clear();
            set_relay();
            break;
        case 'f': predecessor_finished_ = true; break;
        default: break;
    }
}

void StreamHandover::adopt(const Model* model, std::size_t heard, Fd connection) {
    auto listener = model ? changes_.listen(*model) : nullptr;
    if (!listener) listener = std::make_shared<Changes::Listener>();  // the model is gone, or there are too many: it ends
    listener->over = !listener->model || !told_is_whole_;
    for (auto& text : moving_) Changes::queue(*listener, text);
    for (std::size_t i = heard; i < told_.size(); ++i)
        if (told_[i].first == model) Changes::queue(*listener, told_[i].second);
    adopt_(std::move(connection), std::move(listener));
}

void StreamHandover::predecessor_ended() {
    predecessor_.reset();
    predecessor_listens_ = false;
    told_.clear();
    set_relay();
    if (!predecessor_finished_) {
        report("event=change_streams_ended", "the worker that was replaced has ended without a word, so that changes may have been missed");
        changes_.end_streams();
    }
    settled_();
}

void StreamHandover::from_successor(std::string_view bytes) {
    const auto packet = read_packet(bytes);
    const auto* model = packet.kind == 'c' ? registry_.find(packet.line) : nullptr;
    if (packet.kind == 'c') ++heard_from_successor_;
    if (!model) return;
    changes_.deliver(*model, std::string{packet.text});
    tell_predecessor(*model, std::string{packet.text});
}

void StreamHandover::successor_ended() {
    successor_.reset();
    set_relay();
    if (leaving_) changes_.end_streams();  // else it has failed to start, and nothing has happened
    settled_();
}

void StreamHandover::leave() {
    leaving_ = true;
    if (successor_) changes_.move_streams();
    else changes_.close();
    connection_ended();
}

bool StreamHandover::give(const Changes::Listener& listener, int connection) {
    const auto link = successor_;
    if (!link || !listener.model) return false;
    for (const auto& text : listener.waiting)
        if (!link->send("q\n" + text)) return false;
    return link->send("s" + std::to_string(heard_from_successor_) + " " + listener.model->name, connection);
}

void StreamHandover::connection_ended() {
    if (!leaving_ || said_no_more_streams_ || !successor_ || changes_.any()) return;
    said_no_more_streams_ = true;
    changes_.close();  // a request that is still under way may ask for one
    const auto link = successor_;
    link->send("d");
}

bool StreamHandover::finish() {
    if (predecessor_) return false;
    if (!successor_) return true;
    if (!std::exchange(said_finished_, true)) {
        const auto link = successor_;
        link->send("f");
    }
    return !successor_ || successor_->flushed();
}

}  // namespace mt::app::rest
