#include "gateway/proxy/session.hpp"

namespace mt::gateway {

namespace {

constexpr std::chrono::milliseconds k_log_wait{900};  // the sweep that ends it comes every 50 ms
constexpr unsigned k_client_left = 499;               // as nginx writes it: no answer, because nobody was there for it

std::chrono::microseconds between(Clock::time_point from, Clock::time_point to) {
    if (from == Clock::time_point{} || to == Clock::time_point{}) return {};
    return std::chrono::duration_cast<std::chrono::microseconds>(to - from);
}

void write_lines(Session& session, const Request& request) {
    auto& loop = session.loop;
    AccessLine line;
    if (request.tenant) line.tenant = request.tenant->id.str();
    line.peer = session.peer;
    line.request_id = request.request_id;
    line.trace_id = request.trace.trace_id();
    line.span_id = request.trace.span_id();
    line.status = request.status ? request.status : k_client_left;
    line.bytes_in = request.bytes_in;
    line.bytes_out = request.bytes_out;
    line.total = between(request.began, loop.now);
    if (request.tenant) line.queue = between(request.began, request.entered);
    line.worker = between(request.entered, request.answered);
    if (loop.log.on()) loop.write_log(*request.note, line);
    for (const auto& tap : loop.taps) {
        if (!tap->wants(line)) continue;
        const auto cold = std::chrono::duration_cast<std::chrono::microseconds>(request.cold);
        tap->put(tap_line(*request.note, line, cold, std::chrono::system_clock::now()));
    }
}

}  // namespace

void record(Session& session, const Request& request) {
    auto& loop = session.loop;
    loop.shared.requests.fetch_add(1, std::memory_order_relaxed);
    if (request.note) write_lines(session, request);
    if (request.status == 0) return;
    const auto row = request.tenant ? loop.shared.traffic_rows.row_of(*request.tenant) : TrafficRows::k_unknown;
    loop.traffic(row).count(request.status, between(request.began, loop.now), request.bytes_in, request.bytes_out);
    if (!request.tenant) return;
    auto& gate = *request.tenant->gate;
    gate.requests.fetch_add(1, std::memory_order_relaxed);
    if (request.limit != LimitHit::none) gate.limit_hits.count(request.limit, loop.seconds());
    if (request.status >= 500) gate.server_errors.fetch_add(1, std::memory_order_relaxed);
}

void Loop::write_log(const AccessNote& note, const AccessLine& line) {
    if (!log.pending()) {
        log_due_ = now + k_log_wait;
        tick_within(k_log_wait);
    }
    log.write(note, line);
}

}  // namespace mt::gateway
