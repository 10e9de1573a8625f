#include "gateway/proxy/metrics_answer.hpp"

namespace mt::gateway {

namespace {

constexpr std::chrono::seconds k_wait{10};

/// Where the text arrives, on the session's thread; the session may have gone by then.
struct Arrival {
    Session* session = nullptr;
    bool there = false;
    std::string text;
};

/// Ends with the wait, whatever ends it.
struct Waiting {
    std::shared_ptr<Arrival> arrival;
    ~Waiting() { arrival->session = nullptr; }
};

}  // namespace

bool is_metrics_page(const Session& session, const http::Head& head, const Route& way) {
    return session.loop.shared.options.metrics_public && way.kind == Route::Kind::system &&
           way.rest.substr(0, way.rest.find('?')) == "metrics" && (head.method == "GET" || head.method == "HEAD");
}

Task<std::string> fetch_metrics(Session& session) {
    const auto arrival = std::make_shared<Arrival>();
    arrival->session = &session;
    const Waiting waiting{arrival};
    session.loop.shared.demand->metrics([arrival, &loop = session.loop](std::string text) {
        loop.reactor.post([arrival, text = std::move(text)] {
            arrival->there = true;
            arrival->text = text;
            if (arrival->session) arrival->session->sleeper.news();
        });
    });
    const auto until = session.loop.now + k_wait;
    while (!arrival->there && session.loop.now < until && !session.loop.aborting) {
        const auto left = until - session.loop.now;
        co_await session.pause(left);
    }
    co_return std::move(arrival->text);
}

}  // namespace mt::gateway
