#include "tests/conformance/compare.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace mt::conformance {

namespace {

struct Difference {
    std::string path;
    std::optional<json> want, got;
};

json without_nulls(const json& value) {
    if (value.is_array()) {
        auto out = json::array();
        for (const auto& item : value) out.push_back(without_nulls(item));
        return out;
    }
    if (!value.is_object()) return value;
    auto out = json::object();
    for (const auto& [key, item] : value.items())
        if (!item.is_null()) out[key] = without_nulls(item);
    return out;
}

json without_prose(const json& value) {
    if (value.is_array()) {
        auto out = json::array();
        for (const auto& item : value) out.push_back(without_prose(item));
        return out;
    }
    if (!value.is_object()) return value;
    auto out = json::object();
    for (const auto& [key, item] : value.items())
        if (!((key == "summary" || key == "description") && item.is_string())) out[key] = without_prose(item);
    return out;
}

void collect(const json& want, const json& got, const std::string& path, std::vector<Difference>& out) {
    if (want == got) return;
    const auto below = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
    if (want.is_array() && got.is_array() && want.size() == got.size()) {
        for (std::size_t i = 0; i < want.size(); ++i) collect(want[i], got[i], below(std::to_string(i)), out);
        return;
    }
    if (want.is_object() && got.is_object()) {
        std::set<std::string> keys;
        for (const auto& member : want.items()) keys.insert(member.key());
        for (const auto& member : got.items()) keys.insert(member.key());
        for (const auto& key : keys) {
            if (!want.contains(key)) out.push_back({below(key), std::nullopt, got[key]});
            else if (!got.contains(key)) out.push_back({below(key), want[key], std::nullopt});
            else collect(want[key], got[key], below(key), out);
        }
        return;
    }
    out.push_back({path.empty() ? "$" : path, want, got});
}

std::string shown(const std::optional<json>& value) {
    return value ? value->dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 120) : "nothing";
}

std::string_view type_of(const std::optional<json>& value) {
    if (!value) return "undefined";
    return value->is_number() ? "number" : value->type_name();
}

void compare_json(const json& want, const Got& got, std::vector<std::string>& out) {
    if (!got.body) {
        out.push_back("no JSON body");
        return;
    }
    std::vector<std::string> may_vary;
    if (want.contains("volatile"))
        for (const auto& path : want["volatile"]) may_vary.push_back(path.get<std::string>());
    const auto& wanted = want["json"];
    if (wanted.is_object() && wanted.contains("error") && wanted["error"].value("name", "") == "SyntaxError")
        may_vary.push_back("error.message");
    const bool description = got.body->is_object() && got.body->contains("swagger");
    std::vector<Difference> differences;
    collect(without_nulls(wanted), without_nulls(description ? without_prose(*got.body) : *got.body), "", differences);
    for (const auto& difference : differences) {
        const bool varies = std::find(may_vary.begin(), may_vary.end(), difference.path) != may_vary.end();
        if (varies && type_of(difference.want) == type_of(difference.got)) continue;
        out.push_back(difference.path + ": want " + shown(difference.want) + " got " + shown(difference.got));
    }
}

/// A field as it is compared: the media type without parameters, of a tag only whether there is one.
std::optional<std::string> normal(std::string_view name, std::optional<std::string> value) {
    if (!value) return value;
    if (name == "etag") return "present";
    auto text = value->substr(0, value->find(';'));
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

void compare_headers(const json& want, const Got& got, std::vector<std::string>& out) {
    constexpr std::array<const char*, 9> compared{"content-type", "etag", "location", "allow", "access-control-allow-origin",
                                                  "access-control-allow-credentials", "access-control-allow-methods",
                                                  "access-control-allow-headers", "access-control-max-age"};
    for (const char* name : compared) {
        std::optional<std::string> wanted, found;
        if (want.contains("headers") && want["headers"].contains(name)) wanted = want["headers"][name].get<std::string>();
        if (const auto* value = got.header(name)) found = *value;
        if (normal(name, wanted) != normal(name, found))
            out.push_back(std::string{name} + ": want " + wanted.value_or("nothing") + " got " + found.value_or("nothing"));
    }
}

}  // namespace

const std::string* Got::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (key == name) return &value;
    return nullptr;
}

std::vector<std::string> mismatches(const json& want, const Got& got, const json& request, bool headers) {
    std::vector<std::string> out;
    if (got.status != want["status"].get<int>())
        out.push_back("status: want " + want["status"].dump() + " got " + std::to_string(got.status) + " " + got.failure);
    if (!request.value("stream", false)) {
        if (want.contains("json")) compare_json(want, got, out);
        else if (want.contains("text")) {
            if (!got.text && !got.body) out.push_back("no text body");
        } else if (got.body || (got.text && request["method"] != "HEAD")) {
            out.push_back("unexpected body " + (got.body ? shown(got.body) : got.text->substr(0, 100)));
        }
    }
    if (headers) compare_headers(want, got, out);
    return out;
}

}  // namespace mt::conformance
