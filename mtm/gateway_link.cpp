#include "mtm/gateway_link.hpp"

#include <nlohmann/json.hpp>

#include "base/control/client.hpp"

namespace mt::mtm {

namespace {

/// The gateway's "unavailable" is about a tenant; exit code 7 is for a gateway that is not there.
Error about_tenant(Error error, const TenantId& id) {
    const auto place = error.place();
    return Error{error.code() == Errc::unavailable ? Errc::failed : error.code(), error.message()}
        .of_tenant(id.str())
        .in_file(place.file, place.line, place.pointer)
        .hint(place.hint);
}

}  // namespace

std::string url_of_listen(const std::string& listen) {
    const auto colon = listen.rfind(':');
    auto host = listen.substr(0, colon);
    if (host == "127.0.0.1" || host == "0.0.0.0" || host == "[::]" || host == "[::1]") host = "localhost";
    return "http://" + host + (colon == std::string::npos ? "" : listen.substr(colon));
}

Result<bool> GatewayLink::runs() {
    auto answer = call(settings_.layout.control_socket(), "GET", "/gateway", {}, timeout_);
    if (!answer.ok() && answer.error().code() == Errc::unavailable) return false;
    if (!answer.ok()) return std::move(answer).error();
    if (answer->is_object() && answer->contains("listen") && (*answer)["listen"].is_array())
        for (const auto& address : (*answer)["listen"])
            if (listen_.empty() && address.is_string()) listen_ = address.get<std::string>();
    return true;
}

Status GatewayLink::require() {
    MT_TRY(const bool running, runs());
    if (running) return {};
    return Error{Errc::unavailable, "the gateway is not running"}.hint("start it: mtg start -d");
}

Result<json> GatewayLink::get(const std::string& target) const {
    return call(settings_.layout.control_socket(), "GET", target, {}, timeout_);
}

Result<json> GatewayLink::act(const TenantId& id, const std::string& what) const {
    const auto target = "/tenants/" + id.str() + "/" + what + (what.find('?') == std::string::npos ? "?" : "&") +
                        "timeout_ms=" + std::to_string(timeout_.count());
    // A little longer than the gateway's own deadline, so that its more telling answer arrives first.
    auto answer = call(settings_.layout.control_socket(), "POST", target, {}, timeout_ + std::chrono::seconds{2});
    if (!answer.ok()) return about_tenant(std::move(answer).error(), id);
    return answer;
}

Status GatewayLink::sync(const TenantId& id) const {
    MT_TRY(const auto ignored, act(id, "sync?serve=1"));
    static_cast<void>(ignored);
    return {};
}

std::string GatewayLink::base_url() const {
    if (!listen_.empty()) return url_of_listen(listen_);
    return settings_.config.listen.empty() ? "http://localhost:9000" : url_of_listen(settings_.config.listen.front().str());
}

}  // namespace mt::mtm
