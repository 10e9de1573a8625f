#include "tenant-app/mail/deliver.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/files.hpp"

namespace mt::app {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds k_pass_max{60};
constexpr long k_connect_seconds = 15, k_message_seconds = 60;

struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, FreeHandle>;
using List = std::unique_ptr<curl_slist, FreeList>;

/// What curl has still to read of a message.
struct Unread {
    std::string_view text;
};

std::size_t read_more(char* into, std::size_t size, std::size_t count, void* from) {
    auto& rest = static_cast<Unread*>(from)->text;
    const auto taken = std::min(size * count, rest.size());
    std::memcpy(into, rest.data(), taken);
    rest.remove_prefix(taken);
    return taken;
}

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

/// The address in a header field such as "From: ": what is between < and >, or all of it; empty if there is no such
/// field.
std::string address_in(std::string_view message, std::string_view field) {
    auto head = message.substr(0, message.find("\r\n\r\n"));
    for (std::size_t end = 0; end != std::string_view::npos && !head.starts_with(field);
         head.remove_prefix(std::min(end, head.size()))) {
        end = head.find("\r\n");
        if (end != std::string_view::npos) end += 2;
    }
    if (!head.starts_with(field)) return {};
    auto value = head.substr(field.size());
    value = value.substr(0, value.find("\r\n"));
    const auto open = value.rfind('<'), close = value.rfind('>');
    if (open != std::string_view::npos && close != std::string_view::npos && open < close)
        value = value.substr(open + 1, close - open - 1);
    return std::string{trimmed(value)};
}

Handle connect_to(const SmtpSettings& settings) {
    Handle curl{curl_easy_init()};
    if (!curl) return curl;
    const bool bare_v6 = settings.host.find(':') != std::string::npos && settings.host.front() != '[';
    const auto host = bare_v6 ? "[" + settings.host + "]" : settings.host;
    const auto url = (settings.secure ? "smtps://" : "smtp://") + host + ":" + std::to_string(settings.port) +
                     (settings.name.empty() ? "" : "/" + settings.name);
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    const auto tls = settings.ignore_tls ? CURLUSESSL_NONE : settings.require_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY;
    curl_easy_setopt(curl.get(), CURLOPT_USE_SSL, static_cast<long>(tls));
    curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYPEER, settings.verify ? 1L : 0L);
    curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYHOST, settings.verify ? 2L : 0L);
    if (!settings.user.empty()) {
        curl_easy_setopt(curl.get(), CURLOPT_USERNAME, settings.user.c_str());
        curl_easy_setopt(curl.get(), CURLOPT_PASSWORD, settings.password.c_str());
    }
    curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, k_connect_seconds);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, k_message_seconds);
    curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    return curl;
}

enum class Outcome { sent, refused, later };

void tell(const fs::path& file, std::string_view event, const char* reason, long reply) {
    std::fprintf(stderr, "event=%.*s file=%s reply=%ld reason=\"%s\"\n", static_cast<int>(event.size()), event.data(),
                 file.filename().c_str(), reply, reason);
}

Outcome send_one(CURL* curl, const fs::path& file) {
    const auto message = read_file(file, 1u << 20);
    const auto from = message.ok() ? address_in(*message, "From: ") : "",
               to = message.ok() ? address_in(*message, "To: ") : "";
    if (from.empty() || to.empty()) {
        tell(file, "mail_refused", "no message, or without From and To", 0);
        return Outcome::refused;
    }
    const List recipients{curl_slist_append(nullptr, ("<" + to + ">").c_str())};
    Unread unread{*message};
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, ("<" + from + ">").c_str());
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_more);
    curl_easy_setopt(curl, CURLOPT_READDATA, &unread);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    const auto code = curl_easy_perform(curl);
    if (code == CURLE_OK) return Outcome::sent;
    long reply = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply);
    // A wrong password or certificate is the operator's to put right, and the mail waits for it; what the server says
    // of this one message or address in so many words is final.
    const bool final =
        reply >= 500 && (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_WEIRD_SERVER_REPLY);
    tell(file, final ? "mail_refused" : "mail_waits", curl_easy_strerror(code), reply);
    return final ? Outcome::refused : Outcome::later;
}

Result<std::vector<fs::path>> waiting(const fs::path& outbox) {
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator at{outbox, error}, end; !error && at != end; at.increment(error))
        if (at->path().extension() == ".eml") files.push_back(at->path());
    if (error) return Error{Errc::failed, "read " + outbox.native() + ": " + error.message()};
    std::sort(files.begin(), files.end());  // their names begin with the time
    return files;
}

}  // namespace

Result<Delivery> deliver(const fs::path& outbox, const SmtpSettings& settings) {
    Delivery out;
    std::error_code ignored;
    if (!fs::is_directory(outbox, ignored)) return out;
    const auto lock = FileLock::acquire(outbox / ".lock");
    if (!lock.ok() && lock.error().code() == Errc::conflict) return out;
    if (!lock.ok()) return lock.error();
    const auto end = std::chrono::steady_clock::now() + k_pass_max;
    const auto curl = connect_to(settings);
    if (!curl) return Error{Errc::failed, "curl_easy_init"};
    // Who put a message in while we were at work counts on us: look again until nothing is left.
    for (;;) {
        MT_TRY(const auto files, waiting(outbox));
        if (files.empty()) return out;
        for (std::size_t i = 0; i < files.size(); ++i) {
            const auto outcome =
                std::chrono::steady_clock::now() < end ? send_one(curl.get(), files[i]) : Outcome::later;
            if (outcome == Outcome::later) {
                out.left = files.size() - i;
                return out;
            }
            std::error_code error;
            if (outcome == Outcome::sent) fs::remove(files[i], error);
            else fs::rename(files[i], fs::path{files[i]}.replace_extension(".refused"), error);
            if (error)
                return Error{Errc::failed,
                             "remove " + files[i].native() + ": " + error.message()};  // else it were sent again
            ++(outcome == Outcome::sent ? out.sent : out.refused);
        }
    }
}

}  // namespace mt::app
