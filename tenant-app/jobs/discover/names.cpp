#include "tenant-app/jobs/discover/names.hpp"

#include <algorithm>
#include <vector>

#include "tenant-app/model/pluralize.hpp"

namespace mt::app {

namespace {

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string in_small_letters(std::string_view text) {
    std::string out{text};
    for (char& c : out) c = is_capital(c) ? static_cast<char>(c + 32) : c;
    return out;
}

std::vector<std::string> parts_of(std::string_view name) {
    std::vector<std::string> parts(1);
    for (const char c : name) {
        if (is_capital(c) || is_small(c) || is_digit(c)) parts.back() += c;
        else if (!parts.back().empty()) parts.emplace_back();
    }
    if (parts.back().empty()) parts.pop_back();
    for (auto& part : parts)
        if (std::none_of(part.begin(), part.end(), is_small)) part = in_small_letters(part);
    return parts;
}

std::string with_capital(std::string part) {
    part[0] = is_small(part[0]) ? static_cast<char>(part[0] - 32) : part[0];
    return part;
}

}  // namespace

std::string discovered_model_name(std::string_view table) {
    std::string name;
    for (const auto& part : parts_of(table)) name += with_capital(part);
    // A name begins with a letter.
    return !name.empty() && is_digit(name[0]) ? "T" + name : name;
}

std::string discovered_property_name(std::string_view column) {
    const auto parts = parts_of(column);
    if (parts.empty()) return std::string{column};
    std::string name = camelize_lower(parts.front());
    for (auto part = parts.begin() + 1; part != parts.end(); ++part) name += with_capital(*part);
    return name;
}

bool NamesTaken::has(std::string_view name) const { return names_.contains(in_small_letters(name)); }

void NamesTaken::add(std::string_view name) { names_.insert(in_small_letters(name)); }

std::string NamesTaken::take(const std::string& wanted) {
    auto name = wanted;
    for (int number = 2; has(name); ++number) name = wanted + std::to_string(number);
    add(name);
    return name;
}

}  // namespace mt::app
