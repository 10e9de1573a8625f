#include "tenant-app/rest/explorer.hpp"

#include "tenant-app/rest/openapi.hpp"
#include "tenant-app/rest/pages.hpp"
#include "tenant-app/rest/swagger.hpp"
#include "tenant-app/rest/text.hpp"
#include "tenant-app/rest/url.hpp"

namespace mt::app::rest {

namespace {

Answer page_answer(std::string_view type, std::string body, const Request& request) {
    Answer answer;
    answer.content_type = type;
    answer.body = std::move(body);
    revalidate(answer, request);
    return answer;
}

}  // namespace

std::optional<Answer> find_explorer(const Service& service, const Request& request) {
    const auto& mount = service.settings.explorer;
    if (mount.empty() || (request.verb != Verb::get && request.verb != Verb::head)) return std::nullopt;
    const auto rest = below_mount(request.path, mount);
    if (!rest) return std::nullopt;
    if (request.path.size() == mount.size()) {
        std::string where{request.forwarded_prefix};
        where.append(request.path).append("/");
        if (!request.query.empty()) where.append("?").append(request.query);
        return redirect(where);
    }
    if (*rest == "/" || same_letters(*rest, "/index.html"))
        return page_answer(k_page_type, explorer_page(service.settings, request.forwarded_prefix), request);
    if (same_letters(*rest, "/swagger.json"))
        return page_answer(k_json_type, swagger_text(service, request.forwarded_prefix), request);
    if (same_letters(*rest, "/openapi.json"))
        return page_answer(k_json_type, to_openapi(swagger_text(service, request.forwarded_prefix)), request);
    if (same_letters(*rest, "/config.json")) {
        std::string body = "{\"url\":";
        append_quoted(body, std::string{request.forwarded_prefix} + mount + "/swagger.json");
        return page_answer(k_json_type, body + "}", request);
    }
    return std::nullopt;
}

}  // namespace mt::app::rest
