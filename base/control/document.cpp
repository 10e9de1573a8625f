#include "base/control/document.hpp"

#include <nlohmann/json.hpp>

namespace mt {

json ok_document(json data) { return {{"ok", true}, {"data", std::move(data)}}; }

json error_document(const Error& error) { return {{"ok", false}, {"error", error_object(error)}}; }

json error_object(const Error& error) {
    const auto& place = error.place();
    json object{{"code", name(error.code())}, {"message", error.message()}};
    if (!place.tenant.empty()) object["tenant"] = place.tenant;
    if (!place.file.empty()) object["file"] = place.file;
    if (place.line) object["line"] = place.line;
    if (!place.pointer.empty()) object["pointer"] = place.pointer;
    if (!place.hint.empty()) object["hint"] = place.hint;
    return object;
}

std::optional<Errc> errc_of(std::string_view text) {
    for (int i = 0; i <= static_cast<int>(Errc::interrupted); ++i)
        if (name(static_cast<Errc>(i)) == text) return static_cast<Errc>(i);
    return std::nullopt;
}

Error error_from(const json& object) {
    // Members of the wrong type are left out rather than trusted: a worker may have written this.
    const auto text = [&](const char* key) {
        if (!object.is_object()) return std::string{};
        const auto found = object.find(key);
        return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
    };
    auto message = text("message");
    if (message.empty()) message = "failed without a message";
    std::size_t line = 0;
    if (object.is_object() && object.contains("line") && object["line"].is_number_unsigned()) line = object["line"].get<std::size_t>();

    Error error{errc_of(text("code")).value_or(Errc::failed), std::move(message)};
    if (auto tenant = text("tenant"); !tenant.empty()) error = std::move(error).of_tenant(std::move(tenant));
    if (auto file = text("file"); !file.empty()) error = std::move(error).in_file(std::move(file), line, text("pointer"));
    if (auto hint = text("hint"); !hint.empty()) error = std::move(error).hint(std::move(hint));
    return error;
}

}  // namespace mt
