#include "tenant-app/model/pluralize.hpp"

#include <array>
#include <cctype>

namespace mt::app {

namespace {

struct Rule {
    std::string_view ending;   ///< of the lower-cased word
    std::string_view plural;   ///< replaces it
};

// Words whose last part is irregular, or that have no plural. Before the rules below.
constexpr std::array k_irregular = {
    Rule{"person", "people"},   Rule{"child", "children"},   Rule{"woman", "women"},       Rule{"human", "humans"},
    Rule{"german", "germans"},  Rule{"roman", "romans"},     Rule{"man", "men"},           Rule{"ox", "oxen"},
    Rule{"tooth", "teeth"},     Rule{"goose", "geese"},      Rule{"foot", "feet"},         Rule{"drive", "drives"},
    Rule{"move", "moves"},      Rule{"criterion", "criteria"}, Rule{"genus", "genera"},    Rule{"cactus", "cacti"},
    Rule{"sex", "sexes"},       Rule{"quiz", "quizzes"},
};
constexpr std::array k_uncountable = {
    std::string_view{"equipment"}, std::string_view{"information"}, std::string_view{"rice"},    std::string_view{"money"},
    std::string_view{"species"},   std::string_view{"series"},      std::string_view{"fish"},    std::string_view{"sheep"},
    std::string_view{"deer"},      std::string_view{"news"},        std::string_view{"police"},  std::string_view{"luggage"},
    std::string_view{"furniture"}, std::string_view{"hardware"},    std::string_view{"software"}, std::string_view{"advice"},
};
constexpr std::array k_rules = {
    Rule{"matrix", "matrices"}, Rule{"vertex", "vertices"}, Rule{"index", "indices"}, Rule{"status", "statuses"},
    Rule{"alias", "aliases"},   Rule{"octopus", "octopi"},  Rule{"virus", "viri"},    Rule{"mouse", "mice"},
    Rule{"louse", "lice"},      Rule{"buffalo", "buffaloes"}, Rule{"tomato", "tomatoes"}, Rule{"potato", "potatoes"},
    Rule{"hero", "heroes"},     Rule{"datum", "data"},      Rule{"medium", "media"},  Rule{"axis", "axes"},
    Rule{"testis", "testes"},   Rule{"crisis", "crises"},   Rule{"analysis", "analyses"}, Rule{"basis", "bases"},
    Rule{"diagnosis", "diagnoses"}, Rule{"hive", "hives"},  Rule{"life", "lives"},    Rule{"wife", "wives"},
    Rule{"knife", "knives"},    Rule{"leaf", "leaves"},     Rule{"half", "halves"},   Rule{"shelf", "shelves"},
    Rule{"wolf", "wolves"},     Rule{"self", "selves"},     Rule{"thief", "thieves"}, Rule{"bus", "buses"},
    Rule{"ss", "sses"},         Rule{"sh", "shes"},         Rule{"ch", "ches"},       Rule{"x", "xes"},
    Rule{"zz", "zzes"},         Rule{"us", "uses"},
};

bool is_vowel(char c) { return std::string_view{"aeiou"}.find(c) != std::string_view::npos; }

/// `word` with `cut` characters replaced at its end; the case of the first replaced letter is kept.
std::string with_ending(std::string_view word, std::size_t cut, std::string_view plural) {
    std::string out{word.substr(0, word.size() - cut)};
    const bool upper = cut > 0 && std::isupper(static_cast<unsigned char>(word[word.size() - cut])) != 0;
    const std::size_t at = out.size();
    out += plural;
    if (upper && at < out.size()) out[at] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[at])));
    return out;
}

}  // namespace

std::string pluralize(std::string_view word) {
    std::string lower{word};
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    for (const auto same : k_uncountable) {
        if (lower == same) return std::string{word};
    }
    for (const auto& rule : k_irregular) {
        // "ox" and "man" inside longer words are ordinary endings unless a new word starts there: Box, OfficeMan.
        if (!lower.ends_with(rule.ending)) continue;
        const std::size_t at = lower.size() - rule.ending.size();
        if (rule.ending == "ox" && at != 0) continue;
        return with_ending(word, rule.ending.size(), rule.plural);
    }
    for (const auto& rule : k_irregular) {
        if (lower.ends_with(rule.plural)) return std::string{word};
    }
    for (const auto& rule : k_rules) {
        if (lower.ends_with(rule.ending)) return with_ending(word, rule.ending.size(), rule.plural);
    }
    if (lower.ends_with("s")) return std::string{word};  // plural already: Orders, Series
    if (lower.ends_with("y") && (lower.size() < 2 || !is_vowel(lower[lower.size() - 2]))) return with_ending(word, 1, "ies");
    return std::string{word} + "s";
}

std::string camelize_lower(std::string_view word) {
    std::string out{word};
    if (!out.empty()) out[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(out[0])));
    return out;
}

}  // namespace mt::app
