#include "base/error.hpp"

#include "base/next_step.hpp"

#include <cerrno>
#include <cstring>

namespace mt {

std::string_view name(Errc code) {
    switch (code) {
        case Errc::failed: return "failed";
        case Errc::usage: return "usage";
        case Errc::invalid_name: return "invalid_name";
        case Errc::invalid_config: return "invalid_config";
        case Errc::bad_request: return "bad_request";
        case Errc::not_allowed: return "not_allowed";
        case Errc::validation: return "validation";
        case Errc::no_such_tenant: return "no_such_tenant";
        case Errc::not_found: return "not_found";
        case Errc::conflict: return "conflict";
        case Errc::payload_too_large: return "payload_too_large";
        case Errc::unavailable: return "unavailable";
        case Errc::timed_out: return "timed_out";
        case Errc::interrupted: return "interrupted";
    }
    return "failed";
}

namespace {
const ErrorPlace k_nowhere;
const std::string k_nothing;
}  // namespace

const ErrorPlace& Error::place() const { return more_ ? more_->place : k_nowhere; }
const std::string& Error::details() const { return more_ ? more_->details : k_nothing; }
const std::string& Error::label() const { return more_ ? more_->label : k_nothing; }

Error::More& Error::more() {
    if (!more_) more_ = std::make_shared<More>();
    else if (more_.use_count() > 1) more_ = std::make_shared<More>(*more_);
    return *more_;
}

Error Error::of_tenant(std::string tenant) && {
    more().place.tenant = std::move(tenant);
    return std::move(*this);
}
Error Error::in_file(std::string file, std::size_t line, std::string pointer) && {
    auto& place = more().place;
    place.file = std::move(file);
    place.line = line;
    place.pointer = std::move(pointer);
    return std::move(*this);
}
Error Error::hint(std::string text) && {
    more().place.hint = std::move(text);
    return std::move(*this);
}
Error Error::with_details(std::string json_text) && {
    more().details = std::move(json_text);
    return std::move(*this);
}
Error Error::labelled(std::string label) && {
    more().label = std::move(label);
    return std::move(*this);
}

std::string_view next_step(int number) {
    switch (number) {
        case ENOSPC:
        case EDQUOT:
        case EFBIG: return "free some space (df shows what is full), then try again; nothing was left half done";
        case EROFS: return "the file system is mounted read-only: name another folder, or mount it writable";
        case EACCES:
        case EPERM: return "run it as the owner of the folder, or change its owner or mode";
        case ENOTDIR: return "a file stands where a folder is meant: name a folder, for example --tenants tenants";
        case EMFILE:
        case ENFILE: return "too many files are open: raise the limit (ulimit -n)";
        default: return {};
    }
}

Error errno_error(std::string_view what, std::string_view path) {
    const int number = errno;
    std::string message{what};
    if (!path.empty()) message.append(" ").append(path);
    Error error{Errc::failed, message.append(": ").append(std::strerror(number))};
    const auto next = next_step(number);
    return next.empty() ? error : std::move(error).hint(std::string{next});
}

std::string describe(const Error& error) {
    const auto& place = error.place();
    std::string text;
    if (!place.file.empty()) {
        text = place.file;
        if (place.line) text += ":" + std::to_string(place.line);
        if (!place.pointer.empty()) text += " " + place.pointer;
        text += ": ";
    }
    text += error.message();
    if (!place.hint.empty()) text += " (" + place.hint + ")";
    return text;
}

}  // namespace mt
