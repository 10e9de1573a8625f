#include "base/control/line_feed.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace mt {

namespace asio = boost::asio;

void LineFeed::put(std::string_view line) {
    bool first = false;
    {
        const std::lock_guard lock{mutex_};
        if (ended_) return;
        if (lines_ == lines_max_) {
            ++lost_;
            return;
        }
        first = lines_++ == 0;
        text_.append(line).append("\n");
    }
    if (first) wake();
}

void LineFeed::end() {
    {
        const std::lock_guard lock{mutex_};
        ended_ = true;
    }
    wake();
}

void LineFeed::wake() {
    asio::post(io_, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->timer_.cancel();
    });
}

asio::awaitable<LineFeed::Batch> LineFeed::take() {
    for (;;) {
        // Armed before it is looked: what is put afterwards cancels it.
        timer_.expires_at(asio::steady_timer::time_point::max());
        {
            const std::lock_guard lock{mutex_};
            if (lines_ > 0 || ended_) {
                lines_ = 0;
                Batch batch{std::exchange(text_, {}), std::exchange(lost_, 0), ended_};
                co_return batch;
            }
        }
        boost::system::error_code ignored;
        co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

}  // namespace mt
