#include "gateway/proxy/limit_hits.hpp"

namespace mt::gateway {

std::string_view name(LimitHit limit) {
    switch (limit) {
        case LimitHit::none: return "none";
        case LimitHit::rate: return "rate";
        case LimitHit::concurrency: return "concurrency";
        case LimitHit::queue: return "queue";
        case LimitHit::queue_wait: return "queue_wait";
        case LimitHit::body: return "body";
        case LimitHit::body_timeout: return "body_timeout";
        case LimitHit::connect_timeout: return "connect_timeout";
        case LimitHit::answer_timeout: return "answer_timeout";
    }
    return "none";
}

}  // namespace mt::gateway
