#include "tenant-app/auth/outbox.hpp"

#include <algorithm>
#include <ctime>

#include "base/files.hpp"
#include "tenant-app/auth/token.hpp"

namespace mt::app {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t k_messages_max = 1'000;

std::string one_line(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < ' ' || c == 127) c = ' ';
    return text;
}

std::string now_text() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char text[64];
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &parts)};
}

}  // namespace

std::string mail_text(const Mail& mail) {
    std::string out = "From: " + one_line(mail.from) + "\r\nTo: " + one_line(mail.to) + "\r\nSubject: " + one_line(mail.subject) +
                      "\r\nDate: " + now_text() +
                      "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
    for (const char c : mail.text) {
        if (c == '\n') out += '\r';
        if (c != '\r') out += c;
    }
    return out + "\r\n";
}

Status put_mail(const fs::path& folder, const Mail& mail) {
    std::error_code failure;
    fs::create_directories(folder, failure);
    if (failure) return Error{Errc::failed, "the outbox cannot be made: " + failure.message()};
    std::size_t waiting = 0;
    for (fs::directory_iterator it{folder, failure}, end; !failure && it != end; it.increment(failure)) ++waiting;
    if (waiting >= k_messages_max) return Error{Errc::unavailable, "the outbox is full: " + std::to_string(waiting) + " messages wait"};
    const auto name = std::to_string(std::time(nullptr)) + "-" + make_token(16) + ".eml";
    return write_file(folder / name, mail_text(mail), 0600);
}

}  // namespace mt::app
