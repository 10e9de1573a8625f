#include "tenant-app/data/query_output.hpp"

#include <nlohmann/json.hpp>
#include <set>

namespace mt::app {

namespace {

std::string in_small_letters(std::string name) {
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return name;
}

}  // namespace

Status QueryOutput::columns(std::vector<std::string> names) {
    std::set<std::string> taken;
    for (auto& name : names) {
        const auto plain = name.empty() ? std::string{"column"} : name;
        name = plain;
        for (int number = 2; !taken.insert(in_small_letters(name)).second; ++number)
            name = plain + "_" + std::to_string(number);
    }
    return line({{"columns", std::move(names)}});
}

Status QueryOutput::row(const json& values) {
    if (++rows_ > bounds_.rows)
        return Error{Errc::payload_too_large, "more than " + std::to_string(bounds_.rows) + " rows"}.hint(
            "let the query say LIMIT, or allow more: --rows N");
    return line(values);
}

Status QueryOutput::end() {
    MT_CHECK(line({{"rows", rows_}}));
    if (std::fflush(out_) != 0) return errno_error("write the rows");
    return {};
}

Status QueryOutput::line(const json& value) {
    const auto text = value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    bytes_ += text.size();
    if (bytes_ > bounds_.bytes)
        return Error{Errc::payload_too_large, "more than " + std::to_string(bounds_.bytes >> 20) + " MiB of rows"}.hint(
            "let the query name columns, or say LIMIT");
    if (std::fwrite(text.data(), 1, text.size(), out_) == text.size()) return {};
    return errno_error("write the rows");
}

}  // namespace mt::app
