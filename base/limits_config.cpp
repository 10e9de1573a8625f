#include "base/limits_config.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "base/units.hpp"

namespace mt {

namespace {

using std::chrono::milliseconds;
using Size = LimitKey<std::uint64_t>;
using Count = LimitKey<std::uint32_t>;
using Duration = LimitKey<milliseconds>;

constexpr std::uint32_t k_many = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t k_huge = 1ull << 50;  // what parse_size reads at most
constexpr milliseconds k_least{1}, k_day{86'400'000}, k_none{0};
constexpr std::uint64_t k_buffer = 64u << 10;  // a head is read into one buffer of the proxy
constexpr bool k_gateway = true, k_tenant = false;

}  // namespace

const std::vector<AnyLimitKey>& limit_keys() {
    using C = LimitsConfig;
    using L = Limits;
    static const std::vector<AnyLimitKey> keys{
        Size{"request_line", &C::request_line_bytes, &L::request_line_bytes, 64, k_buffer, k_gateway, "longest request line, else 414"},
        Size{"head", &C::head_bytes, &L::head_bytes, 256, k_buffer, k_gateway, "largest head of a request, else 431"},
        Count{"fields", &C::fields, &L::fields, 1, 200, k_gateway, "most fields of a request's head, else 431"},
        Duration{"head_timeout", &C::head_timeout, &L::head_timeout, k_least, k_day, k_gateway, "from the first byte of a head to its end, else 408"},
        Duration{"idle_timeout", &C::idle_timeout, &L::idle_timeout, k_least, k_day, k_gateway, "a connection without a request is closed after it"},
        Count{"connections", &C::connections, &L::connections, 0, k_many, k_gateway, "open at a time; 0: 95 % of the descriptors"},
        Size{"body", &C::body_bytes, &L::body_bytes, 0, k_huge, k_tenant, "largest request body, else 413"},
        Duration{"body_timeout", &C::body_timeout, &L::body_timeout, k_least, k_day, k_tenant, "longest gap within a body, either way; else 408 or a cut answer"},
        Duration{"connect_timeout", &C::connect_timeout, &L::connect_timeout, k_least, k_day, k_tenant, "until the worker takes a connection, else 503"},
        Duration{"answer_timeout", &C::answer_timeout, &L::answer_timeout, k_least, k_day, k_tenant, "from the whole request to the head of the answer, else 504"},
        Duration{"tunnel_idle", &C::tunnel_idle, &L::tunnel_idle, k_least, 30 * k_day, k_tenant, "a WebSocket or event stream without a byte ends after it"},
        Duration{"tunnel_drain", &C::tunnel_drain, &L::tunnel_drain, k_none, 30 * k_day, k_tenant,
                 "a WebSocket or event stream lives on for so long in a process that was replaced"},
        Count{"queue", &C::queue, &L::queue, 0, 1'000'000, k_tenant, "requests held for a worker (else 503) or a place (else 429)"},
        Duration{"queue_wait", &C::queue_wait, &L::queue_wait, k_none, k_day, k_tenant, "for how long at most"},
        LimitKey<Rate>{"rate", &C::rate, &L::rate, {}, {k_many, k_day}, k_tenant, "requests such as \"100/s\", else 429; \"0\": any number"},
        Count{"burst", &C::burst, &L::burst, 0, 1'000'000, k_tenant, "how many may come at once; 0: the rate's for one second"},
        Count{"concurrency", &C::concurrency, &L::concurrency, 0, 1'000'000, k_tenant, "requests and streams at a time, more are held; 0: any number"},
        Size{"memory", &C::memory_bytes, &L::memory_bytes, 0, k_huge, k_tenant, "of its processes; 0: any; at the next start, as those below"},
        LimitKey<CpuShare>{"cpu", &C::cpu, &L::cpu, {0}, {0}, k_tenant, "of a processor, such as \"50%\" or \"200%\"; 0: any"},
        Count{"pids", &C::pids, &L::pids, 0, 1'000'000, k_tenant, "processes and threads; 0: any number"},
        Count{"files", &C::open_files, &L::open_files, 0, 1'000'000, k_tenant, "open descriptors of a process; 0: as the gateway"},
        Size{"disk", &C::disk_bytes, &L::disk_bytes, 0, k_huge, k_tenant, "largest file that it can write; 0: any"},
    };
    return keys;
}

std::uint32_t burst_of(const Limits& limits) {
    if (limits.burst) return limits.burst;
    const auto per_second = limits.rate.count * std::uint64_t{1000} / static_cast<std::uint64_t>(std::max(limits.rate.per, milliseconds{1}).count());
    return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(per_second, 1, k_many));
}

namespace {

ConfigRead reader(std::optional<std::uint64_t>& target) { return read_size_into(target); }
ConfigRead reader(std::optional<std::uint32_t>& target) { return read_into(target); }
ConfigRead reader(std::optional<milliseconds>& target) { return read_into(target); }
ConfigRead reader(std::optional<Rate>& target) {
    return [&target](const ordered_json& value, const ConfigPlace& at) -> Status {
        const bool zero = value.is_number_integer() && value == 0;
        if (!zero && !value.is_string()) return at.error("must be a rate such as \"100/s\"");
        auto rate = parse_rate(zero ? std::string_view{"0"} : std::string_view{value.get_ref<const std::string&>()});
        if (!rate.ok()) return at.error(rate.error().message());
        target = *rate;
        return {};
    };
}

ConfigRead reader(std::optional<CpuShare>& target) {
    return [&target](const ordered_json& value, const ConfigPlace& at) -> Status {
        const bool zero = value.is_number_integer() && value == 0;
        if (!zero && !value.is_string()) return at.error("must be a share of a processor such as \"50%\"");
        auto share = parse_cpu(zero ? std::string_view{"0"} : std::string_view{value.get_ref<const std::string&>()});
        if (!share.ok()) return at.error(share.error().message());
        target = *share;
        return {};
    };
}

std::string text(std::uint64_t size) { return exact_size(size); }
std::string text(std::uint32_t count) { return std::to_string(count); }
std::string text(milliseconds duration) { return format_duration(duration); }

bool within(const Rate&, const LimitKey<Rate>&) { return true; }  // parse_rate knows the bounds
bool within(const CpuShare&, const LimitKey<CpuShare>&) { return true; }  // and parse_cpu
/// Where 0 is "any": less than this would end every process before it serves.
std::uint64_t least_that_works(std::string_view name) {
    if (name == "memory") return 16u << 20;
    if (name == "disk") return 1u << 20;
    if (name == "files") return 32;
    if (name == "pids") return 8;
    return 0;
}

template <class T>
bool within(const T& value, const LimitKey<T>& key) {
    if constexpr (std::is_unsigned_v<T>)
        if (value > 0 && value < least_that_works(key.name)) return false;
    return value >= key.least && value <= key.most;
}
std::string range(const LimitKey<Rate>&) { return {}; }
std::string range(const LimitKey<CpuShare>&) { return {}; }
template <class T>
std::string range(const LimitKey<T>& key) {
    if constexpr (std::is_unsigned_v<T>)
        if (const auto least = static_cast<T>(least_that_works(key.name)))
            return "must be from " + text(least) + " to " + text(key.most) + ", or 0 for any";
    return "must be from " + text(key.least) + " to " + text(key.most);
}

template <class T>
ConfigKey config_key(const LimitKey<T>& key, LimitsConfig& limits) {
    auto& target = limits.*key.given;
    return {key.name, [read = reader(target), &target, &key](const ordered_json& value, const ConfigPlace& at) -> Status {
                MT_CHECK(read(value, at));
                if (within(*target, key)) return {};
                return at.error(range(key));
            }};
}

}  // namespace

Status read_limits(const ordered_json& value, const ConfigPlace& at, bool gateway, LimitsConfig& limits) {
    std::vector<ConfigKey> keys;
    for (const auto& any : limit_keys())
        std::visit([&](const auto& key) {
            if (gateway || !key.gateway_only) keys.push_back(config_key(key, limits));
        }, any);
    return read_object(value, at, keys);
}

Limits merge(Limits limits, const LimitsConfig& config) {
    for (const auto& any : limit_keys())
        std::visit([&](const auto& key) {
            if (const auto& given = config.*key.given) limits.*key.value = *given;
        }, any);
    return limits;
}

}  // namespace mt
