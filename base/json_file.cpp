#include "base/json_file.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "base/files.hpp"
#include "base/utf8.hpp"

namespace mt {

namespace {

std::size_t line_at(std::string_view text, std::size_t offset) {
    return 1 + static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(
                                                                                    std::min(offset, text.size())), '\n'));
}

// The library's lexer knows neither infinities nor half surrogate pairs. A text that it refuses is scanned once more, and what it
// cannot say is written with marks that the builder takes back: two noncharacters, which no text is meant to hold.
constexpr std::size_t k_config_bytes_max = 8u << 20;
constexpr std::string_view k_surrogate_mark = "\xEF\xB7\x90", k_infinity_mark = "\xEF\xB7\x91";  // U+FDD0, U+FDD1

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The code unit of the escape \uXXXX at `at`, or -1.
int escaped_unit(std::string_view text, std::size_t at) {
    if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
    int unit = 0;
    for (std::size_t i = 2; i < 6; ++i) {
        const int digit = hex_digit(text[at + i]);
        if (digit < 0) return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/// The mark and four hexadecimal digits become the three bytes of that surrogate.
void restore_surrogates(std::string& text) {
    for (auto at = text.find(k_surrogate_mark); at != std::string::npos; at = text.find(k_surrogate_mark, at + 3)) {
        if (at + 7 > text.size()) return;
        int unit = 0;
        for (std::size_t i = 3; i < 7; ++i) unit = unit * 16 + hex_digit(text[at + i]);
        const char bytes[] = {static_cast<char>(0xE0 | unit >> 12), static_cast<char>(0x80 | (unit >> 6 & 0x3F)),
                              static_cast<char>(0x80 | (unit & 0x3F))};
        text.replace(at, 7, bytes, 3);
    }
}

/// Copies the string that begins at `at` behind its quote, lone surrogates marked. Answers where it ended.
std::size_t mark_string(std::string_view text, std::size_t at, std::string& out) {
    while (at < text.size() && text[at] != '"') {
        if (text[at] != '\\') {
            out += text[at++];
            continue;
        }
        const int unit = escaped_unit(text, at), next = unit < 0 ? -1 : escaped_unit(text, at + 6);
        const bool high = unit >= 0xD800 && unit < 0xDC00, low = unit >= 0xDC00 && unit < 0xE000;
        const std::size_t length = unit < 0 ? 2 : high && next >= 0xDC00 && next < 0xE000 ? 12 : 6;
        if ((high && length == 6) || low) out.append(k_surrogate_mark).append(text.substr(at + 2, 4));
        else out += text.substr(at, length);
        at += length;
    }
    return at;
}

bool is_overflow(std::string_view number) {
    double value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error != std::errc::result_out_of_range || end != number.data() + number.size()) return false;
    // Out of range is too small, too: JavaScript's zero, which the library reads well.
    return std::strtod(std::string{number}.c_str(), nullptr) != 0;
}

/// The text with marks, or empty if it holds them already: it is refused then, for nobody could tell them apart.
std::string marked(std::string_view text) {
    std::string out;
    for (const auto mark : {k_surrogate_mark, k_infinity_mark})
        if (text.find(mark) != std::string_view::npos) return out;
    out.reserve(text.size() + 64);
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (c == '"') {
            out += c;
            at = mark_string(text, at + 1, out);
            if (at < text.size()) out += text[at++];
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            const auto end = std::min(text.find_first_not_of("0123456789+-.eE", at), text.size());
            const auto number = text.substr(at, end - at);
            if (is_overflow(number)) out.append("\"").append(k_infinity_mark).append(c == '-' ? "-" : "+").append("\"");
            else out += number;
            at = end;
        } else {
            out += c;
            ++at;
        }
    }
    for (std::size_t at = out.find("\\u"); at != std::string::npos; at = out.find("\\u", at + 2))
        if (const int unit = escaped_unit(out, at); unit == 0xFDD0 || unit == 0xFDD1) return {};
    return out;
}

/// Builds a DOM like nlohmann's own, and refuses what would bite later: depth and duplicate keys.
template <class Json>
class Builder : public nlohmann::detail::json_sax_dom_parser<Json> {
    using Base = nlohmann::detail::json_sax_dom_parser<Json>;

public:
    Builder(Json& target, int depth_max, bool unique) : Base(target, false), depth_max_(depth_max), unique_(unique) {}

    bool start_object(std::size_t count) {
        if (unique_) keys_.emplace_back();
        return enter() && Base::start_object(count);
    }
    bool end_object() {
        if (unique_) keys_.pop_back();
        --depth_;
        return Base::end_object();
    }
    bool start_array(std::size_t count) { return enter() && Base::start_array(count); }
    bool end_array() {
        --depth_;
        return Base::end_array();
    }
    bool key(typename Json::string_t& name) {
        if (lenient) restore_surrogates(name);
        if (unique_ && !keys_.back().insert(name).second) return refuse("the key \"" + name + "\" appears twice");
        return Base::key(name);
    }
    bool string(typename Json::string_t& text) {
        if (lenient) {
            if (text.size() == k_infinity_mark.size() + 1 && text.starts_with(k_infinity_mark)) {
                const double infinity = std::numeric_limits<double>::infinity();
                return Base::number_float(text.back() == '-' ? -infinity : infinity, text);
            }
            restore_surrogates(text);
        }
        return Base::string(text);
    }
    template <class Exception>
    bool parse_error(std::size_t position, const std::string& token, const Exception& exception) {
        offset = position;
        message = exception.what();
        // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error …" → from "syntax error" on.
        if (const auto colon = message.find(": "); colon != std::string::npos) message.erase(0, colon + 2);
        return Base::parse_error(position, token, exception);
    }

    std::string message;
    std::size_t offset = std::string::npos;
    bool lenient = false;  ///< the text has gone through marked(): its marks are taken back

private:
    bool enter() { return ++depth_ <= depth_max_ || refuse("nested deeper than " + std::to_string(depth_max_)); }
    bool refuse(std::string why) {
        message = std::move(why);
        return false;
    }

    int depth_max_;
    bool unique_;
    int depth_ = 0;
    std::vector<std::set<std::string>> keys_;
};

/// The text's characters, and in `here` how far they have been read: the library's builder does not say where it stands.
struct Reading {
    using iterator_category = std::forward_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    const char* at;
    const char** here;

    reference operator*() const { return *at; }
    Reading& operator++() {
        *here = ++at;
        return *this;
    }
    Reading operator++(int) {
        auto before = *this;
        ++*this;
        return before;
    }
    bool operator==(const Reading& other) const { return at == other.at; }
    bool operator!=(const Reading& other) const { return at != other.at; }
};

/// Walks JSON text that is known to be valid, counting nothing and building nothing.
class Walker {
public:
    explicit Walker(std::string_view text) : text_(text) {}

    /// Moves to the value at `pointer`; stops at the deepest one found and answers whether that is it.
    bool seek(std::string_view pointer) {
        space();
        while (!pointer.empty()) {
            const auto next = pointer.find('/', 1);
            const std::string segment = unescape(pointer.substr(1, next == std::string_view::npos ? next : next - 1));
            pointer = next == std::string_view::npos ? std::string_view{} : pointer.substr(next);
            const auto here = at_;
            if (!enter(segment)) {
                at_ = here;
                return false;
            }
        }
        return true;
    }
    std::size_t at() const { return at_; }

private:
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void space() {
        while (at_ < text_.size() && std::string_view{" \t\r\n,:\xEF\xBB\xBF"}.find(text_[at_]) != std::string_view::npos) ++at_;
    }
    static std::string unescape(std::string_view segment) {
        std::string out;
        for (std::size_t i = 0; i < segment.size(); ++i) {
            if (segment[i] != '~' || i + 1 == segment.size()) out += segment[i];
            else out += segment[++i] == '1' ? '/' : '~';
        }
        return out;
    }
    std::string_view string() {
        const auto start = at_++;
        while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
        ++at_;
        return text_.substr(start, std::min(at_, text_.size()) - start);
    }
    void skip() {
        int depth = 0;
        do {
            space();
            const char c = peek();
            if (c == '\0') return;
            if (c == '"') string();
            else if (c == '{' || c == '[') ++depth, ++at_;
            else if (c == '}' || c == ']') --depth, ++at_;
            else
                while (at_ < text_.size() && std::string_view{",]} \t\r\n"}.find(text_[at_]) == std::string_view::npos) ++at_;
        } while (depth > 0);
    }
    bool enter(const std::string& segment) {
        const char open = peek();
        if (open != '{' && open != '[') return false;
        ++at_;
        for (std::size_t index = 0;; ++index) {
            space();
            if (peek() == '}' || peek() == ']' || peek() == '\0') return false;
            bool found = open == '[' && segment == std::to_string(index);
            if (open == '{') {
                const auto key = json::parse(string(), nullptr, false);
                found = key.is_string() && key.get_ref<const std::string&>() == segment;
                space();
            }
            if (found) return true;
            skip();
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

std::size_t line_of(std::string_view text, std::string_view pointer) {
    Walker walker{text};
    walker.seek(pointer);
    return line_at(text, walker.at());
}

bool holds(std::string_view text, std::string_view pointer) { return Walker{text}.seek(pointer); }

Error JsonFile::error_at(std::string_view pointer, std::string message) const {
    return Error{Errc::invalid_config, std::move(message)}.in_file(display, line_of(text, pointer), std::string{pointer});
}

std::string pointer_escape(std::string_view segment) {
    std::string out;
    for (const char c : segment) {
        if (c == '~') out += "~0";
        else if (c == '/') out += "~1";
        else out += c;
    }
    return out;
}

Result<JsonFile> read_json_file(const std::filesystem::path& path, std::string display) {
    if (display.empty()) display = path.native();
    auto text = read_file(path, k_config_bytes_max);
    if (!text.ok()) {
        // Not a matter of trying again: the file has to be another one.
        const auto code = text.error().code();
        if (code == Errc::bad_request) return Error{Errc::invalid_config, "is not a regular file"}.in_file(std::move(display));
        if (code == Errc::payload_too_large)
            return Error{Errc::invalid_config, "is larger than " + std::to_string(k_config_bytes_max >> 20) + " MiB"}.in_file(std::move(display));
        return std::move(text).error().in_file(std::move(display));
    }
    return JsonFile{path, *std::move(text), std::move(display)};
}

Result<ordered_json> parse_config(const JsonFile& file) {
    ordered_json root;
    Builder<ordered_json> builder{root, 100, true};
    const char* const begin = file.text.data();
    const char* here = begin;
    if (ordered_json::sax_parse(Reading{begin, &here}, Reading{begin + file.text.size(), &here}, &builder)) return root;
    const auto offset = builder.offset == std::string::npos ? static_cast<std::size_t>(here - begin) : builder.offset;
    // The message quotes the file, which need not be text.
    return Error{Errc::invalid_config, "not valid JSON: " + as_utf8(builder.message)}
        .in_file(file.display, line_at(file.text, offset ? offset - 1 : 0))
        .hint("correct the file");
}

Result<json> parse_json(std::string_view text, int depth_max) {
    json root;
    Builder<json> builder{root, depth_max, false};
    if (json::sax_parse(text, &builder)) return root;
    const auto again = builder.message.starts_with("nested") ? std::string{} : marked(text);
    if (!again.empty() && again != text) {
        json second;
        Builder<json> lenient{second, depth_max, false};
        lenient.lenient = true;
        if (json::sax_parse(again, &lenient)) return second;
    }
    return Error{Errc::bad_request, builder.message};
}

}  // namespace mt
