#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "tenant-app/query/parse_filter.hpp"
#include "tests/fuzz/check.hpp"

// A query string gives an object, nothing, or a refusal; what it gives can be written as JSON again.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view query{reinterpret_cast<const char*>(data), size};
    for (const char* name : {"filter", "where"}) {
        const auto value = mt::app::parse_argument(query, name);
        if (!value.ok()) {
            MT_FUZZ_CHECK(value.error().code() == mt::Errc::bad_request);
            continue;
        }
        MT_FUZZ_CHECK(value->is_null() || value->is_object());
        MT_FUZZ_CHECK(mt::json::accept(value->dump(-1, ' ', false, mt::json::error_handler_t::replace)));
    }
    return 0;
}
