#include "tenant-app/auth/email.hpp"

namespace mt::app {

namespace {

bool letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (static_cast<unsigned char>(c) & 0x80) != 0;
}

bool atom_char(char c) { return letter_or_digit(c) || std::string_view{"!#$%&'*+-/=?^_`{|}~"}.find(c) != std::string_view::npos; }

bool is_quoted(std::string_view text) {
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
    text = text.substr(1, text.size() - 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < ' ' || byte == 127 || text[i] == '"') return false;
        if (text[i] == '\\' && ++i == text.size()) return false;
    }
    return true;
}

bool is_dotted(std::string_view text) {
    bool start = true;
    for (const char c : text) {
        if (c == '.') {
            if (start) return false;
            start = true;
        } else if (!atom_char(c)) {
            return false;
        } else {
            start = false;
        }
    }
    return !start;
}

bool is_label(std::string_view label) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    for (const char c : label)
        if (!letter_or_digit(c) && c != '-') return false;
    return true;
}

bool is_domain(std::string_view domain) {
    if (domain.size() > 2 && domain.front() == '[' && domain.back() == ']') {  // an address: [192.0.2.1], [IPv6:2001:db8::1]
        for (const char c : domain.substr(1, domain.size() - 2))
            if (!letter_or_digit(c) && c != '.' && c != ':') return false;
        return true;
    }
    for (;;) {
        const auto dot = domain.find('.');
        if (!is_label(domain.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        domain.remove_prefix(dot + 1);
    }
}

}  // namespace

bool is_email(std::string_view text) {
    const auto at = text.rfind('@');
    if (at == std::string_view::npos || at == 0 || at > 64 || text.size() > 254) return false;
    const auto local = text.substr(0, at), domain = text.substr(at + 1);
    return (is_dotted(local) || is_quoted(local)) && is_domain(domain);
}

}  // namespace mt::app
