#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "tenant-app/data/sql/render.hpp"
#include "tenant-app/query/evaluate.hpp"
#include "tenant-app/query/parse_filter.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/fuzz/shop_registry.hpp"

// A filter is refused with a message or becomes SQL that holds as many marks as parameters and nothing of the client's; memory can
// evaluate it.

using namespace mt::app;

namespace {

/// A text that no model holds: should it come up in a statement, a client's text has got there.
constexpr std::string_view k_mark = "zqzq";

void render(const Model& model, const Filter& filter) {
    sql::Statement statement;
    sql::append_where(statement, model, filter.where, true);
    sql::append_order(statement, model, filter);
    sql::append_window(statement, filter);
    std::size_t marks = 0;
    for (const char c : statement.text) marks += c == '?';
    MT_FUZZ_CHECK(marks == statement.parameters.size());
    MT_FUZZ_CHECK(statement.text.find(k_mark) == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto registry = mt::fuzz::shop_registry();
    const auto parsed = mt::parse_json({reinterpret_cast<const char*>(data), size});
    if (!parsed.ok()) return 0;
    for (const auto& model : registry.models) {
        const auto filter = parse_filter(registry, *model, *parsed);
        if (!filter.ok()) {
            MT_FUZZ_CHECK(filter.error().code() == mt::Errc::bad_request && !filter.error().message().empty());
            continue;
        }
        render(*model, *filter);
        if (filter->where.has_related()) continue;
        Record record{*model};
        for (auto& value : record.values) value = "a";
        const Matcher matcher{filter->where};
        (void)matcher(record);
    }
    return 0;
}
