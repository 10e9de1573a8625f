#include "tenant-app/query/pattern.hpp"

#include <pcre2.h>

namespace mt::app {

namespace {

constexpr std::size_t k_pattern_bytes_max = 2000;

/// `%` and `_` become `.*` and `.`; everything else is literal.
std::string from_like(std::string_view like, bool anywhere) {
    std::string out;
    bool open = false;
    for (std::size_t i = 0; i < like.size(); ++i) {
        char c = like[i];
        if (c == '%') {
            out += ".*";
            open = true;
            continue;
        }
        if (c == '_') {
            out += '.';
            continue;
        }
        if (c == '\\' && i + 1 < like.size()) c = like[++i];
        if (static_cast<unsigned char>(c) < 0x80 && !std::isalnum(static_cast<unsigned char>(c))) out += '\\';
        out += c;
    }
    if (anywhere && !open && !like.empty()) return out;
    return "\\A" + out + "\\z";
}

}  // namespace

struct Pattern::Code {
    pcre2_code* code = nullptr;
    pcre2_match_context* limits = nullptr;
    pcre2_match_data* data = nullptr;

    Code() = default;
    Code(const Code&) = delete;
    Code& operator=(const Code&) = delete;
    ~Code() {
        pcre2_match_data_free(data);
        pcre2_match_context_free(limits);
        pcre2_code_free(code);
    }
};

std::optional<Pattern> Pattern::compile(const Condition& condition) {
    if (!condition.operand.is_string()) return std::nullopt;
    const auto& operand = condition.operand.get_ref<const std::string&>();
    if (operand.size() > k_pattern_bytes_max) return std::nullopt;
    std::uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
    std::string source;
    if (condition.op == Op::regexp) {
        // As JavaScript: `$` is the very end, \uXXXX a character, a reference to an unset group matches the empty text.
        options |= PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX | PCRE2_MATCH_UNSET_BACKREF | PCRE2_ALLOW_EMPTY_CLASS;
        if (condition.flags.find('i') != std::string::npos) options |= PCRE2_CASELESS;
        if (condition.flags.find('m') != std::string::npos) options |= PCRE2_MULTILINE;
        source = operand;
    } else {
        options |= PCRE2_DOTALL;
        if (condition.op == Op::ilike || condition.op == Op::nilike) options |= PCRE2_CASELESS;
        source = from_like(operand, condition.op == Op::like || condition.op == Op::ilike);
    }
    int error = 0;
    PCRE2_SIZE offset = 0;
    auto code = std::make_shared<Code>();
    code->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(source.data()), source.size(), options, &error, &offset, nullptr);
    if (!code->code) return std::nullopt;
    code->limits = pcre2_match_context_create(nullptr);
    code->data = pcre2_match_data_create(1, nullptr);
    if (!code->limits || !code->data) return std::nullopt;
    pcre2_set_match_limit(code->limits, 100'000);
    pcre2_set_depth_limit(code->limits, 1'000);
    pcre2_set_heap_limit(code->limits, 1024);
    return Pattern{std::move(code)};
}

bool Pattern::matches(std::string_view text) const {
    return pcre2_match(code_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0, code_->data, code_->limits) >= 0;
}

}  // namespace mt::app
