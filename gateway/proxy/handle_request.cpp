#include <algorithm>

#include "base/http/syntax.hpp"
#include "gateway/proxy/admission.hpp"
#include "gateway/proxy/forward.hpp"
#include "gateway/proxy/headers.hpp"
#include "gateway/proxy/metrics_answer.hpp"
#include "gateway/proxy/route.hpp"
#include "gateway/proxy/session.hpp"

// One request, phase by phase: read what will be needed later → route → our own pages → table → limits → admit (or hold) →
// a connection to the worker → rewrite the head → forward → record. Views of the head are valid between two waits only; behind
// one, rescan() reads it again.

namespace mt::gateway {

namespace {

constexpr std::chrono::milliseconds k_connect_retry{5};
constexpr std::int64_t k_retry_after_max_s = 366 * 86'400;

void read_request(const Session& session, const http::Head& head, Request& request) {
    request.client_keeps = head.keep_alive;
    request.style = {false, head.method == "HEAD", head.keep_alive && !session.loop.draining, head.version_minor == 0};
    request.idempotent = head.method == "GET" || head.method == "HEAD" || head.method == "OPTIONS" || head.method == "PUT" || head.method == "DELETE";
    request.upgrade = head.upgrade_websocket;
    request.framing = head.framing;
    request.content_length = head.content_length;
    request.head_size = head.size;
    request.began = session.loop.now;
    if (session.loop.takes_notes()) request.note = std::make_unique<AccessNote>(head);
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

/// Null once its time is over. The clock is asked for a name that no tenant has, and for no other request.
const AliasEntry* find_alias(const TenantTable& table, std::string_view name) {
    const auto found = table.aliases.find(name);
    if (found == table.aliases.end() || found->second.until <= std::chrono::system_clock::now()) return nullptr;
    return &found->second;
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
        case Route::Kind::tenant:
            if (const auto* alias = find_alias(*session.loop.table, route.id))
                return redirect_to_name(style, session.trusted ? front_says(head).prefix : std::string_view{},
                                        alias->to, route.whole.substr(route.id.size()), id);
            [[fallthrough]];
        case Route::Kind::unknown: return problem(style, 404, "There is no such tenant", id);
    }
    return problem(style, 404, "There is nothing here", id);
}

/// Route and tenant: by the Host field first, where tenants have hosts, then by the path.
Route find_tenant(const Session& session, const http::Head& head, Request& request) {
    auto way = route(head.target);
    if (way.kind == Route::Kind::refused || way.kind == Route::Kind::server || way.kind == Route::Kind::system) return way;
    const auto& table = *session.loop.table;
    request.tenant = table.by_host(host_of(head, way.authority));
    request.by_host = request.tenant != nullptr;
    if (request.by_host) {
        way.kind = Route::Kind::tenant;
    } else if (way.kind == Route::Kind::tenant) {
        const auto found = table.find(way.id);
        if (found != table.end()) request.tenant = found->second;
    }
    return way;
}

/// What of the request decides how references in the answer read.
void remember_place(const Session& session, const http::Head& head, const Route& way, Request& request) {
    request.host = host_of(head, way.authority);
    const auto path = way.whole.substr(0, way.whole.find('?'));
    request.bare = !request.whole() && path.size() == way.id.size();
    const auto below = request.whole() || request.bare ? path : path.substr(way.id.size() + 1);
    request.depth = request.bare ? 0 : static_cast<unsigned>(std::count(below.begin(), below.end(), '/'));
    if (!session.trusted) return;
    const auto front = front_says(head);
    request.forwarded_host = front.host;
    request.outer_prefix = front.prefix;
}

/// Writes the worker's head into loop.scratch.
void rewrite(const Session& session, const http::Head& head, const Request& request) {
    const auto way = route(head.target);
    const bool whole = request.whole();
    const auto* const layer = session.client->layer();
    RequestContext context{whole ? way.whole : way.rest, way.authority, whole ? std::string_view{} : way.id, session.peer, request.request_id,
                           request.trace.traceparent(), request.trace.keep_state(), layer != nullptr,
                           layer ? layer->certificate_fields() : std::string_view{}};
    if (session.trusted) context.front = front_says(head);
    rewrite_request(head, context, session.loop.scratch);
}

Task<bool> nap(Session& session, std::chrono::milliseconds length) {
    const auto end = session.loop.now + length;
    session.loop.tick_within(length);
    while (session.loop.now < end && !session.loop.aborting) co_await session.pause(end - session.loop.now);
    co_return true;
}

/// Waits until a connection that is under way stands. False: it will not.
Task<bool> finish_connecting(Session& session, Upstream& upstream, Clock::time_point until) {
    upstream.wire->tell(&session.sleeper);
    upstream.wire->want_write();
    while (!upstream.wire->may_write() && session.loop.now < until && !session.loop.aborting) co_await session.pause(until - session.loop.now);
    co_return upstream.wire->is_connected();
}

/// A connection to the worker. False: Request::status and why say what to answer. `waited` is set if it had to wait.
Task<bool> acquire(Session& session, Request& request, bool fresh, Upstream& upstream, bool& waited) {
    if (!fresh) upstream = session.loop.pool.take(*request.tenant);
    const auto until = session.loop.now + request.tenant->limits.connect_timeout;
    while (!upstream.wire) {
        const auto connected = connect_upstream(session.loop.reactor, *request.tenant, upstream);
        if (connected == Connect::done) break;
        if (connected == Connect::under_way) {
            waited = true;
            if (co_await finish_connecting(session, upstream, until)) break;
            upstream.wire.reset();
        }
        if (connected != Connect::again || session.loop.now >= until || session.loop.aborting) {
            request.status = 503;
            request.retry_after_s = 1;
            request.why = "The tenant's worker takes no connections";
            request.limit = LimitHit::connect_timeout;
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

/// Closes in order: answers the next request that may be on its way with an end, not with a reset.
Task<bool> end_in_order(Session& session, const Request& request) {
    if (may_send_more(session, request)) co_await linger(session);
    else session.client->say_end();
    co_return false;
}

/// What needs no worker: everything but a tenant's own targets, and what is refused before it is asked. False: forward it.
bool answer_without_worker(Session& session, const http::Head& head, const Route& way, Request& request, OwnAnswer& answer) {
    const bool trace = head.method == "TRACE";
    const auto left = max_forwards(head);
    const bool last_hop = left.said && left.hops == 0;
    const bool redirected = session.loop.redirect_port != 0 && !session.client->layer() && redirects(way);
    const bool too_large = request.tenant && request.content_length > request.tenant->limits.body_bytes;
    const bool asked_of_tenant = request.tenant && !trace && left.valid && !last_hop && !too_large && !redirected;
    if (asked_of_tenant && within_rate(*request.tenant, session.loop.now, request.retry_after_s)) return false;

    request.style.html = prefers_html(head);
    if (request.has_body() || way.kind == Route::Kind::refused || !left.valid) request.style.keep_alive = false;
    const std::string id{request_id(session, head)};
    request.request_id = id;
    if (redirected) answer = redirect_to_https(request.style, head, session.loop.redirect_port, id);
    else if (trace) answer = problem(request.style, 405, "TRACE is not offered", id, 0, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    else if (!left.valid) answer = problem(request.style, 400, "An invalid Max-Forwards", id);
    else if (last_hop) answer = options(request.style, id);
    else if (too_large) answer = problem(request.style, 413, "The request's body is larger than this tenant allows", id);
    else if (asked_of_tenant) answer = problem(request.style, 429, "More requests than this tenant may get", id, request.retry_after_s, {},
                                              rate_limit_fields(request.tenant->limits, Exceeded::rate, request.retry_after_s));
    else answer = answer_itself(session, head, way, request.style);
    if (too_large || asked_of_tenant) request.limit = too_large ? LimitHit::body : LimitHit::rate;
    request.status = answer.status;
    request.bytes_out = answer.content().size();
    return true;
}

/// 503: the operator or a failure has closed the gate. The time is asked for here alone, off every other request's way.
void refuse_closed(Request& request) {
    const auto& tenant = *request.tenant;
    request.status = 503;
    request.why = tenant.closed_why.empty() ? "The tenant is not available" : tenant.closed_why.c_str();
    request.retry_after_s = tenant.gate->retry_after_s();
    const auto left = std::chrono::ceil<std::chrono::seconds>(tenant.closed_until - std::chrono::system_clock::now());
    if (left.count() > 0) request.retry_after_s = static_cast<unsigned>(std::min<std::int64_t>(left.count(), k_retry_after_max_s));
}

/// Everything between admission and the last byte. On `failed` the caller answers.
Task<Forwarded> serve(Session& session, Request& request) {
    InFlight in_flight{session.loop};
    auto held_until = Clock::time_point::max();
    bool waited = false;
    int failures = 0;    // of connections that had not rested
    bool fresh = false;  // rested ones are out of the question: no more than one is tried
    for (;;) {
        auto entry = in_flight.enter(request.tenant);
        if (entry == InFlight::Entry::unavailable) {
            refuse_closed(request);
            co_return Forwarded::failed;
        }
        if (entry != InFlight::Entry::entered) {
            const auto held = co_await hold(session, request, in_flight, held_until);
            waited = true;
            if (held == Held::gone) co_return Forwarded::cut;
            if (held == Held::refused) co_return Forwarded::failed;
            if (held == Held::look_again) {
                const auto found = session.loop.table->find(request.tenant->id.str());
                if (found == session.loop.table->end()) {
                    request.status = 404;
                    request.why = "There is no such tenant";
                    co_return Forwarded::failed;
                }
                request.tenant = found->second;
                continue;
            }
        }

        request.entered = session.loop.now;
        Upstream upstream;
        if (!co_await acquire(session, request, fresh, upstream, waited)) co_return Forwarded::failed;
        if (waited) rescan(session);
        rewrite(session, session.loop.request_head, request);

        Buffer answer;
        const auto forwarded = co_await forward(session, request, upstream, failures == 0, answer);
        if (forwarded == Forwarded::tunnel) co_await tunnel(session, request, upstream, answer);
        session.loop.buffers.take_back(answer);
        if (upstream.wire && (forwarded == Forwarded::keep || forwarded == Forwarded::close))
            session.loop.pool.give_back(*request.tenant, std::move(upstream), session.loop.now);
        if (forwarded != Forwarded::retry && forwarded != Forwarded::stale) co_return forwarded;
        if (forwarded == Forwarded::retry) ++failures;
        fresh = waited = true;
        in_flight.leave();
    }
}

/// The one answer of ours that has to be fetched. The head is not looked at behind the wait.
Task<bool> answer_metrics(Session& session, const http::Head& head, Request& request, OwnAnswer& answer) {
    request.request_id = request_id(session, head);
    request.style.keep_alive = request.style.keep_alive && !request.has_body();
    auto text = co_await fetch_metrics(session);
    answer = plain_page(request.style, "text/plain; version=0.0.4; charset=utf-8", std::move(text), request.request_id);
    request.status = answer.status;
    request.bytes_out = answer.content().size();
    co_return true;
}

}  // namespace

Task<bool> handle_request(Session& session) {
    const auto& head = session.loop.request_head;
    Request request;
    read_request(session, head, request);

    const auto way = find_tenant(session, head, request);

    OwnAnswer answer;
    const bool metrics = is_metrics_page(session, head, way);
    if (metrics || answer_without_worker(session, head, way, request, answer)) {
        if (metrics) co_await answer_metrics(session, head, request, answer);
        session.in.begin += static_cast<std::uint32_t>(request.head_size);
        record(session, request);
        if (!co_await send_answer(session, answer)) co_return false;
        if (request.style.keep_alive) co_return true;
        co_await end_in_order(session, request);
        co_return false;
    }

    request.request_id = request_id(session, head);
    if (request.tenant->compression) {
        request.coding = negotiate(head);
        request.weak_tag = names_weak_tag(head);
    }
    if (session.loop.shared.options.trace) request.trace.set(head, session.loop.random());
    remember_place(session, head, way, request);
    if (head.find(http::FieldName::accept)) request.style.html = prefers_html(head);
    const auto forwarded = co_await serve(session, request);
    if (forwarded != Forwarded::failed) record(session, request);
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
    const auto limited = rate_limit_fields(request.tenant->limits, request.exceeded, request.retry_after_s);
    answer = problem(request.style, request.status, request.why, request.request_id, request.retry_after_s, {}, limited);
    request.bytes_out = answer.content().size();
    record(session, request);
    if (co_await send_answer(session, answer)) co_await linger(session);
    co_return false;
}

}  // namespace mt::gateway
