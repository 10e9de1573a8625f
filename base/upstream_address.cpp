#include "base/upstream_address.hpp"

#include <arpa/inet.h>

#include <charconv>

namespace mt {

namespace {

Error refuse(std::string_view text, std::string why) {
    return Error{Errc::usage, "'" + std::string{text.substr(0, 200)} + "' is no upstream: " + std::move(why)}.hint(
        "for example \"unix:/run/shop.sock\" or \"http://127.0.0.1:8080\"");
}

Result<UpstreamAddress> parse_socket(std::string_view text, std::string path, const std::string& folder) {
    constexpr std::size_t k_path_max = 107;  // sockaddr_un
    if (path.empty()) return refuse(text, "no path");
    if (path.find('\0') != std::string::npos) return refuse(text, "NUL in the path");
    if (path[0] != '/') path = folder + "/" + path;
    if (path.size() > k_path_max) return refuse(text, "the path is longer than " + std::to_string(k_path_max) + " bytes");
    return UpstreamAddress{std::move(path), {}, 0};
}

Result<UpstreamAddress> parse_http(std::string_view text, std::string_view rest) {
    if (rest.ends_with('/')) rest.remove_suffix(1);
    if (rest.find_first_of("/?#") != std::string_view::npos) return refuse(text, "a path; requests bring their own");
    UpstreamAddress found{{}, {}, 80};
    auto host = rest;
    std::string_view port;
    const auto bracket = rest.rfind(']');
    const auto colon = rest.rfind(':');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
        host = rest.substr(0, colon);
        port = rest.substr(colon + 1);
        const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), found.port);
        if (error != std::errc{} || end != port.data() + port.size() || found.port == 0) return refuse(text, "the port is a number from 1 to 65535");
    }
    const bool v6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (v6) host = host.substr(1, host.size() - 2);
    found.host = host == "localhost" ? "127.0.0.1" : std::string{host};
    unsigned char address[sizeof(in6_addr)];
    if (::inet_pton(v6 ? AF_INET6 : AF_INET, found.host.c_str(), address) != 1)
        return refuse(text, "the host must be an IP address or localhost; names are not resolved");
    return found;
}

}  // namespace

std::string UpstreamAddress::str() const {
    if (!socket_path.empty()) return "unix:" + socket_path;
    const bool v6 = host.find(':') != std::string::npos;
    return "http://" + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<UpstreamAddress> parse_upstream(std::string_view text, const std::string& folder) {
    constexpr std::string_view k_unix = "unix:", k_http = "http://";
    if (text.starts_with(k_unix)) return parse_socket(text, std::string{text.substr(k_unix.size())}, folder);
    if (text.starts_with(k_http)) return parse_http(text, text.substr(k_http.size()));
    if (text.starts_with("https://")) return refuse(text, "TLS towards a tenant is not offered");
    return refuse(text, "neither unix: nor http://");
}

Result<std::string> parse_host_name(std::string_view text) {
    const auto bad = [&](const char* why) {
        return Error{Errc::usage, "'" + std::string{text.substr(0, 200)} + "' is no host name: " + why}.hint(
            "for example \"shop.example\", or \"*.shop.example\" for all below");
    };
    constexpr std::size_t k_name_max = 253, k_label_max = 63;
    if (text.empty() || text.size() > k_name_max) return bad("it has 1 to 253 letters");
    std::string name;
    std::size_t label = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool star = c == '*' && i == 0 && text.size() > 2 && text[1] == '.';
        const bool upper = c >= 'A' && c <= 'Z';
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (c == '.' ? label == 0 : ++label > k_label_max) return bad("a part between two dots has 1 to 63 letters");
        if (c == '.') label = 0;
        else if (!star && !upper && !plain) return bad("letters, digits, hyphens and dots only, without a port");
        name += upper ? static_cast<char>(c | 0x20) : c;
    }
    if (label == 0) return bad("it ends in a dot");
    return name;
}

}  // namespace mt
