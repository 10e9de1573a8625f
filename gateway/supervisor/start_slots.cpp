#include "gateway/supervisor/start_slots.hpp"

#include <boost/asio/post.hpp>

namespace mt::gateway {

void StartSlots::acquire(std::function<void(Slot)> go) {
    state_->waiting.push_back(std::move(go));
    state_->hand_out();
}

void StartSlots::State::hand_out() {
    while (free > 0 && !waiting.empty()) {
        --free;
        Slot slot{nullptr, [weak = weak_from_this()](void*) {
                      if (const auto state = weak.lock()) {
                          ++state->free;
                          state->hand_out();
                      }
                  }};
        boost::asio::post(io, [go = std::move(waiting.front()), slot = std::move(slot)]() mutable { go(std::move(slot)); });
        waiting.pop_front();
    }
}

}  // namespace mt::gateway
