// The query string as npm `qs` reads it for Express: a[b][c]=1 nests five deep, a[]=1 and a=1&a=2 make lists, a[0]=x a list up
// to index 20. What does not fit stays a plain key, as there.
#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "tenant-app/query/js.hpp"
#include "tenant-app/query/parse_filter.hpp"

namespace mt::app {

namespace {

constexpr std::size_t k_parameters_max = 1'000;
constexpr std::size_t k_keys_deep_max = 5;
constexpr std::size_t k_index_max = 20;

int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// decodeURIComponent with + as space; text that does not decode stays as it is.
std::string decode(std::string_view text) {
    std::string spaced{text};
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    std::string out(spaced.size(), '\0');
    std::size_t length = 0;
    for (std::size_t i = 0; i < spaced.size(); ++i) {
        if (spaced[i] != '%') {
            out[length++] = spaced[i];
            continue;
        }
        if (i + 2 >= spaced.size()) return spaced;
        const int high = hex(spaced[i + 1]), low = hex(spaced[i + 2]);
        if (high < 0 || low < 0) return spaced;
        out[length++] = static_cast<char>(high * 16 + low);
        i += 2;
    }
    out.resize(length);
    // What is no UTF-8 would not survive as JSON.
    return js::is_utf8(out) ? out : spaced;
}

using Pair = std::pair<std::string, json>;

/// All parameters whose key begins with `name`; the same key twice makes a list.
std::vector<Pair> parameters(std::string_view query, std::string_view name) {
    std::vector<Pair> pairs;
    std::size_t seen = 0;
    for (std::size_t start = 0; start <= query.size() && seen < k_parameters_max; ++seen) {
        const auto end = std::min(query.find('&', start), query.size());
        const auto part = query.substr(start, end - start);
        start = end + 1;
        if (part.empty()) continue;
        // `a[b]=c=d`: the first "]=" divides, else the first "=".
        auto divide = part.find("]=");
        divide = divide == std::string_view::npos ? part.find('=') : divide + 1;
        auto key = decode(part.substr(0, divide));
        if (!key.starts_with(name)) continue;
        json value = divide == std::string_view::npos ? std::string{} : decode(part.substr(divide + 1));
        const auto same = std::find_if(pairs.begin(), pairs.end(), [&](const Pair& p) { return p.first == key; });
        if (same == pairs.end()) pairs.emplace_back(std::move(key), std::move(value));
        else if (same->second.is_array()) same->second.push_back(std::move(value));
        else same->second = json::array({same->second, std::move(value)});
    }
    return pairs;
}

/// "[where][x][]" → {"where", "x", ""}, with what is too deep kept as one last key.
std::optional<std::vector<std::string>> segments(std::string_view rest) {
    std::vector<std::string> out;
    while (!rest.empty()) {
        if (rest[0] != '[') break;
        const auto close = rest.find_first_of("[]", 1);
        if (close == std::string_view::npos || rest[close] == '[') return out.empty() ? std::nullopt : std::optional{out};
        if (out.size() == k_keys_deep_max) {
            out.emplace_back(rest);
            return out;
        }
        out.emplace_back(rest.substr(1, close - 1));
        rest.remove_prefix(close + 1);
    }
    return out;
}

std::optional<std::size_t> list_index(const std::string& text) {
    if (text.empty() || text.size() > 2 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
    if (!std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; })) return std::nullopt;
    const auto index = static_cast<std::size_t>(std::stoul(text));
    return index <= k_index_max ? std::optional{index} : std::nullopt;
}

json nest(const std::vector<std::string>& keys, json leaf) {
    for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
        if (key->empty()) {
            leaf = leaf.is_array() ? leaf : json::array({std::move(leaf)});
        } else if (const auto index = list_index(*key)) {
            json list = json::array();
            // Holes, filled by later parameters or closed at the end.
            while (list.size() < *index) list.push_back(json(json::value_t::discarded));
            list.push_back(std::move(leaf));
            leaf = std::move(list);
        } else if (*key == "__proto__") {
            leaf = json::object();
        } else {
            json object = json::object();
            object[*key] = std::move(leaf);
            leaf = std::move(object);
        }
    }
    return leaf;
}

json list_to_object(const json& list) {
    json object = json::object();
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (!list[i].is_discarded()) object[std::to_string(i)] = list[i];
    }
    return object;
}

void merge(json& target, json source) {
    if (target.is_discarded()) {
        target = std::move(source);
    } else if (!source.is_structured()) {
        if (target.is_array()) target.push_back(std::move(source));
        else if (target.is_object()) target[source.get<std::string>()] = true;
        else target = json::array({target, std::move(source)});
    } else if (!target.is_structured()) {
        json list = json::array({target});
        if (source.is_array()) for (auto& item : source) list.push_back(std::move(item));
        else list.push_back(std::move(source));
        target = std::move(list);
    } else if (target.is_array() && source.is_array()) {
        for (std::size_t i = 0; i < source.size(); ++i) {
            if (source[i].is_discarded()) continue;
            while (target.size() <= i) target.push_back(json(json::value_t::discarded));
            if (target[i].is_discarded()) target[i] = std::move(source[i]);
            else if (target[i].is_structured() && source[i].is_structured()) merge(target[i], std::move(source[i]));
            else target.push_back(std::move(source[i]));
        }
    } else {
        if (target.is_array()) target = list_to_object(target);
        if (source.is_array()) source = list_to_object(source);
        for (auto& [key, value] : source.items()) {
            if (target.contains(key)) merge(target[key], std::move(value));
            else target[key] = std::move(value);
        }
    }
}

void close_holes(json& value) {
    if (value.is_array()) {
        auto& list = value.get_ref<json::array_t&>();
        list.erase(std::remove_if(list.begin(), list.end(), [](const json& item) { return item.is_discarded(); }), list.end());
    }
    if (value.is_structured()) for (auto& item : value) close_holes(item);
}

}  // namespace

Result<json> parse_argument(std::string_view query, std::string_view name) {
    json value(json::value_t::discarded);
    for (auto& [key, text] : parameters(query, name)) {
        const auto keys = segments(std::string_view{key}.substr(name.size()));
        if (!keys || (keys->empty() && key.size() > name.size())) continue;
        merge(value, nest(*keys, std::move(text)));
    }
    if (value.is_discarded()) return json{};
    close_holes(value);
    if (value.is_string()) {
        const auto& text = value.get_ref<const std::string&>();
        if (text.empty()) return json{};
        auto parsed = parse_json(text);
        if (parsed.ok() && (parsed->is_object() || parsed->is_null())) return parsed;
        return Error{Errc::bad_request, "Value is not an object."};
    }
    if (!value.is_object()) return Error{Errc::bad_request, "Value is not an object."};
    return value;
}

}  // namespace mt::app
