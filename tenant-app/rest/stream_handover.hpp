#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tenant-app/crud/changes.hpp"
#include "tenant-app/rest/packet_link.hpp"

namespace mt::app::rest {

/// Keeps a tenant's change streams whole while one worker replaces another (docs/decisions/0007-change-streams.md): the older worker hands
/// its open connections over, and as long as both live each tells the other what it changes. No stream misses a change
/// silently, or hears it twice: when that cannot be kept up, the streams end and their readers connect anew. Loop thread only.
class StreamHandover {
public:
    /// Goes on with a stream that another worker began.
    using Adopt = std::function<void(Fd connection, std::shared_ptr<Changes::Listener> listener)>;

    /// `settled` is called when finish() may have become true. All arguments outlive the object.
    StreamHandover(asio::io_context& io, const Registry& registry, Changes& changes, Adopt adopt, std::function<void()> settled);
    ~StreamHandover();
    StreamHandover(const StreamHandover&) = delete;
    StreamHandover& operator=(const StreamHandover&) = delete;

    /// Links to the worker that this one replaces, before it serves.
    void take_over_from(Fd predecessor);
    /// Links to the worker that is being started in this one's place. An earlier one has failed to start.
    void hand_over_to(Fd successor);

    /// From now on streams move to the successor; without one they end.
    void leave();
    /// Moves one stream and what it has yet to tell; `connection` stays the caller's. False: there is nobody to take it.
    bool give(const Changes::Listener& listener, int connection);
    /// To be called whenever a connection has ended: after leave() the last stream's end is told.
    void connection_ended();
    /// Once all connections have ended: true when all has been said and no predecessor needs us to pass its words on.
    bool finish();

private:
    void from_predecessor(std::string_view packet, Fd passed);
    void from_successor(std::string_view packet);
    void predecessor_ended();
    void successor_ended();
    void adopt(const Model* model, std::size_t heard, Fd connection);
    void tell_predecessor(const Model& model, const std::string& text);
    void tell_successor(const Model& model, const std::string& text);
    void set_relay();

    asio::io_context& io_;
    const Registry& registry_;
    Changes& changes_;
    Adopt adopt_;
    std::function<void()> settled_;

    std::shared_ptr<PacketLink> predecessor_, successor_;  ///< null: none, or no more
    bool predecessor_listens_ = false;  ///< it may still have streams
    bool predecessor_finished_ = false;
    /// What the predecessor has been told: a stream that it hands over has heard only the first so many of them.
    std::vector<std::pair<const Model*, std::string>> told_;
    std::size_t told_bytes_ = 0;
    bool told_is_whole_ = true;
    std::deque<std::string> moving_;  ///< what the next stream handed over has yet to tell

    std::size_t heard_from_successor_ = 0;
    bool leaving_ = false, said_no_more_streams_ = false, said_finished_ = false;
};

}  // namespace mt::app::rest
