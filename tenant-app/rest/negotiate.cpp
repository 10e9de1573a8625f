#include "tenant-app/rest/negotiate.hpp"

#include <array>
#include <optional>
#include <string>

#include "base/http/syntax.hpp"
#include "tenant-app/rest/url.hpp"

namespace mt::app::rest {

namespace {

/// Cuts the part before `mark` off `text`.
std::string_view cut(std::string_view& text, char mark) {
    const auto at = text.find(mark);
    const auto part = text.substr(0, at);
    text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
    return http::trim(part);
}

struct Range {
    std::string_view type, subtype;
    bool parameters = false;  ///< other than q: none of our types has any, so such a range matches nothing of ours
    int quality = 1000;
};

int read_quality(std::string_view text) {
    if (text.empty() || (text[0] != '0' && text[0] != '1')) return 0;
    int value = (text[0] - '0') * 1000;
    int weight = 100;
    for (std::size_t i = 2; i < text.size() && weight && text[i] >= '0' && text[i] <= '9'; ++i, weight /= 10)
        value += (text[i] - '0') * weight;
    return value > 1000 ? 1000 : value;
}

std::optional<Range> read_range(std::string_view text) {
    Range range;
    auto media = cut(text, ';');
    const auto slash = media.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    range.type = media.substr(0, slash);
    range.subtype = media.substr(slash + 1);
    while (!text.empty()) {
        auto value = cut(text, ';');
        const auto name = cut(value, '=');
        if (same_letters(name, "q")) {
            range.quality = read_quality(value);
            break;  // what follows q are extensions of Accept, not parameters of the type
        }
        range.parameters = true;
    }
    return range;
}

/// 0 to 6 for a match, the higher the more specific.
std::optional<int> specificity(const Range& range, std::string_view offer) {
    const auto slash = offer.find('/');
    const auto type = offer.substr(0, slash), subtype = offer.substr(slash + 1);
    int value = 0;
    if (same_letters(range.type, type)) value |= 4;
    else if (range.type != "*") return std::nullopt;
    if (same_letters(range.subtype, subtype)) value |= 2;
    else if (range.subtype != "*") return std::nullopt;
    if (range.parameters) return std::nullopt;
    return value;
}

constexpr std::array<std::string_view, 4> k_result_types{"application/json", "application/javascript", "text/javascript", "*/*"};
constexpr std::array<std::string_view, 6> k_result_types_and_xml{"application/json", "application/javascript", "application/xml",
    "text/javascript", "text/xml", "*/*"};
constexpr std::array<std::string_view, 4> k_error_types{"application/json", "text/html", "text/xml", "application/xml"};

bool is_javascript(std::string_view type) { return type == "application/javascript" || type == "text/javascript"; }

}  // namespace

std::string_view preferred_type(std::string_view accept, std::span<const std::string_view> offered) {
    if (accept.empty()) return offered.front();
    struct Best {
        std::string_view type;
        int quality = 0, specific = 0;
        std::size_t order = 0;
    } best;
    for (const auto offer : offered) {
        // Of all ranges that fit an offer the most specific one gives its quality.
        Best mine{offer, 0, -1, 0};
        auto left = accept;
        for (std::size_t order = 0; !left.empty(); ++order) {
            const auto range = read_range(cut(left, ','));
            if (!range) continue;
            const auto specific = specificity(*range, offer);
            if (!specific || *specific < mine.specific || (*specific == mine.specific && range->quality <= mine.quality)) continue;
            mine = {offer, range->quality, *specific, order};
        }
        if (mine.quality == 0) continue;
        const bool better = best.type.empty() || mine.quality > best.quality ||
                            (mine.quality == best.quality &&
                             (mine.specific > best.specific || (mine.specific == best.specific && mine.order < best.order)));
        if (better) best = mine;
    }
    return best.type;
}

ResultFormat result_format(std::string_view accept, std::string_view query, bool xml) {
    if (query.find("_format=") != std::string_view::npos) {
        if (const auto asked = query_value(query, "_format"); asked && !asked->empty()) {
            if (same_letters(*asked, "json") || same_letters(*asked, "application/json") || *asked == "*/*") return ResultFormat::json;
            if (same_letters(*asked, "xml") || same_letters(*asked, "text/xml") || same_letters(*asked, "application/xml"))
                return ResultFormat::xml;
            return is_javascript(*asked) ? ResultFormat::javascript : ResultFormat::not_acceptable;
        }
    }
    if (accept.empty() || accept == "*/*" || accept == "application/json") return ResultFormat::json;
    const auto type = xml ? preferred_type(accept, k_result_types_and_xml) : preferred_type(accept, k_result_types);
    if (type == "text/xml" || type == "application/xml") return ResultFormat::xml;
    if (type.empty()) return ResultFormat::not_acceptable;
    return is_javascript(type) ? ResultFormat::javascript : ResultFormat::json;
}

ErrorFormat error_format(std::string_view accept, std::string_view query) {
    std::string_view type = preferred_type(accept, k_error_types);
    std::optional<std::string> asked;
    if (query.find("_format=") != std::string_view::npos) asked = query_value(query, "_format");
    if (asked && (*asked == "json" || *asked == "application/json")) return ErrorFormat::json;
    if (asked && (*asked == "html" || *asked == "text/html")) return ErrorFormat::html;
    if (asked && (*asked == "xml" || *asked == "text/xml")) return ErrorFormat::xml;
    if (type == "text/html") return ErrorFormat::html;
    return type == "text/xml" || type == "application/xml" ? ErrorFormat::xml : ErrorFormat::json;
}

}  // namespace mt::app::rest
