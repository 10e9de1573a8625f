#include "base/js_scaffold.hpp"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mt {

namespace {

using Tokens = std::vector<std::string>;  // names and signs as they are, strings as 'text', a regular expression as /

constexpr std::size_t k_bytes_max = 256u << 10;

bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
           (static_cast<unsigned char>(c) & 0x80) != 0;
}

bool is_name(const std::string& token) { return !token.empty() && is_name_char(token[0]); }

class Lexer {
public:
    explicit Lexer(std::string_view text) : rest_(text) {
        if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
    }

    Tokens run() {
        while (!rest_.empty()) {
            const char c = rest_.front();
            if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';') rest_.remove_prefix(1);
            else if (rest_.starts_with("//")) skip_to("\n");
            else if (rest_.starts_with("/*")) skip_to("*/");
            else if (c == '\'' || c == '"' || c == '`') take_quoted(c);
            else if (c == '/' && !after_value()) take_quoted('/');
            else if (is_name_char(c)) take_name();
            else take_sign();
        }
        return std::move(tokens_);
    }

private:
    void skip_to(std::string_view end) {
        const auto at = rest_.find(end);
        rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at + end.size());
    }

    /// Whether a slash here divides.
    bool after_value() const {
        if (tokens_.empty()) return false;
        const auto& last = tokens_.back();
        return (is_name(last) && last != "return") || last == ")" || last == "]" || last.starts_with('\'');
    }

    void take_quoted(char quote) {
        std::size_t end = 1;
        while (end < rest_.size() && rest_[end] != quote) end += rest_[end] == '\\' ? 2 : 1;
        std::string text{rest_.substr(1, std::min(end, rest_.size()) - 1)};
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        if (quote == '/') tokens_.emplace_back("/");
        else if (quote == '`') tokens_.emplace_back("`");
        else if (text != "use strict") tokens_.push_back("'" + text);
    }

    void take_name() {
        std::size_t end = 0;
        while (end < rest_.size() && is_name_char(rest_[end])) ++end;
        std::string name{rest_.substr(0, end)};
        rest_.remove_prefix(end);
        tokens_.push_back(name == "let" || name == "const" ? "var" : std::move(name));
    }

    void take_sign() {
        const std::size_t length = rest_.starts_with("=>") ? 2 : 1;
        tokens_.emplace_back(rest_.substr(0, length));
        rest_.remove_prefix(length);
    }

    std::string_view rest_;
    Tokens tokens_;
};

/// `module.exports = function(a, b) { body }`, or the same as an arrow function.
struct Exported {
    Tokens parameters, body;
};

std::optional<Exported> exported_function(const Tokens& tokens) {
    static const Tokens head{"module", ".", "exports", "="};
    if (tokens.size() < head.size() || !std::equal(head.begin(), head.end(), tokens.begin())) return {};
    std::size_t at = head.size();
    const auto is = [&](const char* token) { return at < tokens.size() && tokens[at] == token; };
    Exported out;
    const bool arrow = !is("function");
    if (!arrow && ++at < tokens.size() && is_name(tokens[at])) ++at;
    if (is("(")) {
        for (++at; at < tokens.size() && !is(")"); ++at)
            if (is_name(tokens[at])) out.parameters.push_back(tokens[at]);
            else if (!is(",")) return {};
        ++at;
    } else if (arrow && at < tokens.size() && is_name(tokens[at])) {
        out.parameters.push_back(tokens[at++]);
    } else {
        return {};
    }
    if (arrow) {
        if (!is("=>")) return {};
        ++at;
    }
    if (!is("{") || tokens.back() != "}" || tokens.size() < at + 2) return {};
    out.body.assign(tokens.begin() + static_cast<std::ptrdiff_t>(at) + 1, tokens.end() - 1);
    return out;
}

/// `pattern` holds tokens parted by spaces; a sign @x stands for one and the same name wherever it is.
bool fits(const Exported& function, std::string_view pattern) {
    std::map<std::string, std::string> names;
    if (!function.parameters.empty()) names["@app"] = function.parameters[0];
    for (const auto& token : function.body) {
        if (pattern.empty()) return false;
        const auto end = std::min(pattern.find(' '), pattern.size());
        const std::string wanted{pattern.substr(0, end)};
        pattern.remove_prefix(std::min(end + 1, pattern.size()));
        const auto& expected = wanted.starts_with('@') ? names.try_emplace(wanted, token).first->second : wanted;
        if (expected != token) return false;
    }
    return pattern.empty();
}

using Names = std::initializer_list<std::string_view>;

/// Whether the file calls nothing but `known` and requires nothing but `packages`.
bool calls_only(const Tokens& tokens, Names known, Names packages) {
    const Names k_words{"if", "function", "catch", "return", "new"};
    const auto among = [](Names list, std::string_view name) {
        return std::find(list.begin(), list.end(), name) != list.end();
    };
    for (std::size_t i = 1; i + 1 < tokens.size(); ++i) {
        if (tokens[i] == "`" || tokens[i] == "new" || tokens[i] == "[") return false;
        if (tokens[i] != "(") continue;
        const auto& name = tokens[i - 1];
        if (name == ")" || name == "]" || name == "}") return false;  // what a call gave, or a function, called at once
        if (!is_name(name) || among(k_words, name) || (i > 1 && tokens[i - 2] == "function")) continue;
        const auto& argument = tokens[i + 1];
        if (name == "require") {
            if (!argument.starts_with('\'') || !among(packages, std::string_view{argument}.substr(1))) return false;
        } else if (!among(known, name)) {
            return false;
        } else if (name == "get" && (i + 2 >= tokens.size() || tokens[i + 2] != ")")) {
            return false;  // app.get(path, handler) is a route
        } else if (name == "boot" && (i + 3 >= tokens.size() || tokens[i + 3] != "__dirname")) {
            return false;  // it boots another folder, or with options
        }
    }
    return true;
}

bool holds(const Tokens& tokens, std::string_view token) {
    return std::find(tokens.begin(), tokens.end(), token) != tokens.end();
}

constexpr std::string_view k_authentication = "@app . enableAuth ( )";
constexpr std::string_view k_root_status =
    "var @r = @app . loopback . Router ( ) @r . get ( '/ , @app . loopback . status ( ) ) @app . use ( @r )";
constexpr std::string_view k_rest_api =
    "var @r = @app . get ( 'restApiRoot ) @app . use ( @r , @app . loopback . rest ( ) )";

/// What the body of an exported function does.
Script kind_of(const Exported& function) {
    const auto& body = function.body;
    if (body.empty()) return Script::nothing;
    if (fits(function, k_authentication)) return Script::authentication;
    if (fits(function, k_root_status)) return Script::root_status;
    if (fits(function, k_rest_api)) return Script::rest_api;
    const bool mounts = holds(body, "'/explorer") && !holds(body, "models");
    if (mounts && calls_only(body, {"once", "log", "get", "explorer", "use", "replace"},
                             {"loopback-explorer", "loopback-component-explorer"}))
        return Script::explorer;
    return Script::code;
}

}  // namespace

Script recognise_script(std::string_view text) {
    if (text.size() > k_bytes_max) return Script::code;
    const auto tokens = Lexer{text}.run();
    if (tokens.empty()) return Script::nothing;
    if (const auto function = exported_function(tokens)) return kind_of(*function);
    const bool starts = holds(tokens, "boot") &&
                        calls_only(tokens, {"loopback", "boot", "listen", "emit", "get", "replace", "log", "start"},
                                   {"loopback", "loopback-boot"});
    return starts ? Script::server : Script::code;
}

}  // namespace mt
