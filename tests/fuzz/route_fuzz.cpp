#include <cstdint>
#include <string>
#include <string_view>

#include "base/tenant_id.hpp"
#include "gateway/proxy/route.hpp"
#include "tests/fuzz/check.hpp"

// A tenant's route names a valid id that stands in the target as it is, and what is forwarded does not climb, read raw or decoded.

using mt::gateway::Route;

namespace {

/// Decodes %2e, %2f and %5c, takes `\` for `/`, and looks for a segment that is `..`.
bool climbs(std::string_view path) {
    std::string plain = "/";
    for (std::size_t i = 0; i < path.size(); ++i) {
        char c = path[i];
        if (c == '%' && i + 2 < path.size()) {
            const char low = static_cast<char>(path[i + 2] | 0x20);
            if (path[i + 1] == '2' && (low == 'e' || low == 'f')) c = low == 'e' ? '.' : '/', i += 2;
            else if (path[i + 1] == '5' && low == 'c') c = '/', i += 2;
        }
        plain += c == '\\' ? '/' : c;
    }
    return (plain + "/").find("/../") != std::string::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view target{reinterpret_cast<const char*>(data), size};
    const auto found = mt::gateway::route(target);
    MT_FUZZ_CHECK(found.kind != Route::Kind::refused || found.why[0] != '\0');
    if (found.kind != Route::Kind::tenant) return 0;
    MT_FUZZ_CHECK(mt::TenantId::is_valid(found.id));
    MT_FUZZ_CHECK(found.id.data() >= target.data() && found.id.data() + found.id.size() <= target.data() + target.size());
    MT_FUZZ_CHECK(found.rest.empty() || target.ends_with(found.rest));
    MT_FUZZ_CHECK(!climbs(found.rest.substr(0, found.rest.find('?'))));
    return 0;
}
