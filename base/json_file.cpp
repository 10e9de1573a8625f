#include "base/json_file.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "base/files.hpp"

namespace mt {

namespace {

std::size_t line_at(std::string_view text, std::size_t offset) {
    return 1 + static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(
                                                                                    std::min(offset, text.size())), '\n'));
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
        if (unique_ && !keys_.back().insert(name).second) return refuse("the key \"" + name + "\" appears twice");
        return Base::key(name);
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
    auto text = read_file(path, 8u << 20);
    if (!text.ok()) return std::move(text).error().in_file(std::move(display));
    return JsonFile{path, *std::move(text), std::move(display)};
}

Result<ordered_json> parse_config(const JsonFile& file) {
    ordered_json root;
    Builder<ordered_json> builder{root, 100, true};
    if (ordered_json::sax_parse(file.text, &builder)) return root;
    const auto line = builder.offset == std::string::npos ? 0 : line_at(file.text, builder.offset ? builder.offset - 1 : 0);
    return Error{Errc::invalid_config, "not valid JSON: " + builder.message}.in_file(file.display, line).hint(
        "correct the file; what it described before goes on running");
}

Result<json> parse_json(std::string_view text, int depth_max) {
    json root;
    Builder<json> builder{root, depth_max, false};
    if (json::sax_parse(text, &builder)) return root;
    return Error{Errc::bad_request, builder.message};
}

}  // namespace mt
