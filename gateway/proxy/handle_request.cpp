#include "base/http/syntax.hpp"
#include "gateway/proxy/admission.hpp"
#include "gateway/proxy/forward.hpp"
#include "gateway/proxy/headers.hpp"
#include "gateway/proxy/route.hpp"
#include "gateway/proxy/session.hpp"

// One request, phase by phase: read what will be needed later → route → our own pages → table → limits → admit (or hold) →
// a connection to the worker → rewrite the head → forward → record. Views of the head are valid between two waits only; behind
// one, rescan() reads it again.

namespace mt::gateway {

namespace {

constexpr std::chrono::milliseconds k_connect_wait{1'000}, k_connect_retry{5};

void read_request(const Session& session, const http::Head& head, Request& request) {
    request.client_keeps = head.keep_alive;
    request.style = {false, head.method == "HEAD", head.keep_alive && !session.loop.draining, head.version_minor == 0};
    request.idempotent = head.method == "GET" || head.method == "HEAD" || head.method == "OPTIONS" || head.method == "PUT" || head.method == "DELETE";
    request.upgrade = head.upgrade_websocket;
    request.framing = head.framing;
    request.content_length = head.content_length;
    request.head_size = head.size;
}

/// Whether a plain request for this goes to https: all but what monitors ask and what is refused anyway.
bool redirects(const Route& way) {
    return way.kind != Route::Kind::refused && way.kind != Route::Kind::server &&
           !(way.kind == Route::Kind::system && way.rest.substr(0, way.rest.find('?')) == "health");
}

/// The client's id, or one of ours.
std::string_view request_id(Session& session, const http::Head& head) {
    const auto theirs = valid_request_id(head);
    return theirs.empty() ? session.loop.next_request_id() : theirs;
}

bool forwards_no_further(const http::Head& head) {
    const auto* const hops = head.find(http::FieldName::max_forwards);
    return hops && hops->value == "0";
}

/// What the gateway says itself to this target.
OwnAnswer answer_itself(Session& session, const http::Head& head, const Route& route, const AnswerStyle& style) {
    const auto id = request_id(session, head);
    const bool reads = head.method == "GET" || head.method == "HEAD";
    switch (route.kind) {
        case Route::Kind::refused: return problem(style, 400, route.why, id);
        case Route::Kind::server: return options(style, id);
        case Route::Kind::welcome:
        case Route::Kind::system: {
            if (head.method == "OPTIONS") return options(style, id);
            if (!reads) return problem(style, 405, "Only GET is offered here", id, 0, "GET, HEAD, OPTIONS");
            if (route.kind == Route::Kind::welcome) return welcome_page(style, id);
            constexpr std::string_view k_explorer = "explorer/";
            const auto path = route.rest.substr(0, route.rest.find('?'));
            if (path == "health") return health(style, id);
            if (path.starts_with(k_explorer)) return explorer_asset(style, session.loop.shared.assets, path.substr(k_explorer.size()), head, id);
            return problem(style, 404, "There is nothing here", id);
        }
        case Route::Kind::unknown:
        case Route::Kind::tenant: return problem(style, 404, "There is no such tenant", id);
    }
    return problem(style, 404, "There is nothing here", id);
}

Task<bool> nap(Session& session, std::chrono::milliseconds length) {
    const auto end = session.loop.now + length;
    session.loop.tick_within(length);
    while (session.loop.now < end && !session.loop.aborting) co_await session.pause(end - session.loop.now);
    co_return true;
}

/// A connection to the worker. False: Request::status and why say what to answer. `waited` is set if it had to wait.
Task<bool> acquire(Session& session, Request& request, bool fresh, Upstream& upstream, bool& waited) {
    if (!fresh) upstream = session.loop.pool.take(*request.tenant);
    const auto until = session.loop.now + k_connect_wait;
    while (!upstream.wire) {
        const auto connected = connect_upstream(session.loop.reactor, *request.tenant, upstream);
        if (connected == Connect::done) break;
        if (connected == Connect::failed || session.loop.now >= until || session.loop.aborting) {
            request.status = 503;
            request.retry_after_s = 1;
            request.why = "The tenant's worker takes no connections";
            co_return false;
        }
        waited = true;
        co_await nap(session, k_connect_retry);
    }
    co_return true;
}

/// Closing is orderly as it is if the client said that this is its last request, and all of it was read. Otherwise the next one
/// may be on its way, and would be answered by a reset that takes our answer with it.
bool may_send_more(const Session& session, const Request& request) {
    return request.client_keeps || request.has_body() || !session.in.empty();
}

void record(Session& session, const Request& request) {
    session.loop.shared.requests.fetch_add(1, std::memory_order_relaxed);
    if (!request.tenant || request.status == 0) return;
    request.tenant->gate->requests.fetch_add(1, std::memory_order_relaxed);
    if (request.status >= 500) request.tenant->gate->server_errors.fetch_add(1, std::memory_order_relaxed);
}

/// Closes in order: answers the next request that may be on its way with an end, not with a reset.
Task<bool> end_in_order(Session& session, const Request& request) {
    if (may_send_more(session, request)) co_await linger(session);
    else session.client->say_end();
    co_return false;
}

/// What needs no worker: everything but a tenant's own targets, and what is refused before it is asked. False: forward it.
bool answer_without_worker(Session& session, const http::Head& head, const Route& way, Request& request, OwnAnswer& answer) {
    const bool trace = head.method == "TRACE";
    const bool last_hop = head.method == "OPTIONS" && forwards_no_further(head);
    const bool redirected = session.loop.redirect_port != 0 && !session.client->layer() && redirects(way);
    const bool too_large = request.tenant && request.content_length > request.tenant->limits.body_bytes;
    if (request.tenant && !trace && !last_hop && !too_large && !redirected) return false;

    request.style.html = prefers_html(head);
    if (request.has_body() || way.kind == Route::Kind::refused) request.style.keep_alive = false;
    const auto id = request_id(session, head);
    if (redirected) answer = redirect_to_https(request.style, head, session.loop.redirect_port, id);
    else if (trace) answer = problem(request.style, 405, "TRACE is not offered", id, 0, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    else if (last_hop) answer = options(request.style, id);
    else if (too_large) answer = problem(request.style, 413, "The request's body is larger than this tenant allows", id);
    else answer = answer_itself(session, head, way, request.style);
    request.status = answer.status;
    return true;
}

/// Everything between admission and the last byte. On `failed` the caller answers.
Task<Forwarded> serve(Session& session, Request& request) {
    InFlight in_flight;
    auto held_until = Clock::time_point::max();
    bool waited = false;
    int failures = 0;    // of connections that had not rested
    bool fresh = false;  // rested ones are out of the question: no more than one is tried
    for (;;) {
        const auto admission = in_flight.enter(request.tenant->gate, session.loop.seconds());
        if (admission == Admission::unavailable) {
            request.status = 503;
            request.retry_after_s = request.tenant->gate->retry_after_s();
            request.why = "The tenant is not available";
            co_return Forwarded::failed;
        }
        if (admission == Admission::cold) {
            const auto held = co_await hold(session, request, held_until);
            waited = true;
            if (held == Held::gone) co_return Forwarded::cut;
            if (held == Held::refused) {
                request.status = 503;
                co_return Forwarded::failed;
            }
            const auto found = session.loop.table->find(request.tenant->id.str());
            if (found == session.loop.table->end()) {
                request.status = 404;
                request.why = "There is no such tenant";
                co_return Forwarded::failed;
            }
            request.tenant = found->second;
            continue;
        }

        Upstream upstream;
        if (!co_await acquire(session, request, fresh, upstream, waited)) co_return Forwarded::failed;
        if (waited) rescan(session);
        const auto& head = session.loop.request_head;
        const auto way = route(head.target);
        const auto* const layer = session.client->layer();
        rewrite_request(head, {way.rest, way.authority, way.id, session.peer, request.request_id, layer != nullptr,
                               layer ? layer->certificate_fields() : std::string_view{}}, session.loop.scratch);

        Buffer answer;
        const auto forwarded = co_await forward(session, request, upstream, failures == 0, answer);
        if (forwarded == Forwarded::tunnel) co_await tunnel(session, upstream, answer);
        session.loop.buffers.take_back(answer);
        if (upstream.wire && (forwarded == Forwarded::keep || forwarded == Forwarded::close))
            session.loop.pool.give_back(*request.tenant, std::move(upstream), session.loop.now);
        if (forwarded != Forwarded::retry && forwarded != Forwarded::stale) co_return forwarded;
        if (forwarded == Forwarded::retry) ++failures;
        fresh = waited = true;
        in_flight.leave();
    }
}

}  // namespace

Task<bool> handle_request(Session& session) {
    const auto& head = session.loop.request_head;
    Request request;
    read_request(session, head, request);

    const auto way = route(head.target);
    const auto found = way.kind == Route::Kind::tenant ? session.loop.table->find(way.id) : session.loop.table->end();
    if (found != session.loop.table->end()) request.tenant = found->second;

    OwnAnswer answer;
    if (answer_without_worker(session, head, way, request, answer)) {
        session.in.begin += static_cast<std::uint32_t>(request.head_size);
        record(session, request);
        if (!co_await send_answer(session, answer)) co_return false;
        if (request.style.keep_alive) co_return true;
        co_await end_in_order(session, request);
        co_return false;
    }

    request.request_id = request_id(session, head);
    if (head.find(http::FieldName::accept)) request.style.html = prefers_html(head);
    const auto forwarded = co_await serve(session, request);
    record(session, request);
    switch (forwarded) {
        case Forwarded::keep: co_return true;
        case Forwarded::close:
            co_await end_in_order(session, request);
            co_return false;
        case Forwarded::failed: break;
        case Forwarded::cut:
        case Forwarded::retry:
        case Forwarded::stale:
        case Forwarded::tunnel: co_return false;
    }
    request.style.keep_alive = false;
    answer = problem(request.style, request.status, request.why, request.request_id, request.retry_after_s);
    if (co_await send_answer(session, answer)) co_await linger(session);
    co_return false;
}

}  // namespace mt::gateway
