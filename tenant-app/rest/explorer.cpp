#include "tenant-app/rest/explorer.hpp"

#include <algorithm>

#include "tenant-app/rest/swagger.hpp"
#include "tenant-app/rest/text.hpp"
#include "tenant-app/rest/url.hpp"

namespace mt::app::rest {

namespace {

Answer redirect(const std::string& where) {
    Answer answer;
    answer.status = 301;
    answer.content_type = k_page_type;
    answer.extra_fields = "Location: " + where + "\r\n";
    answer.body = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Redirecting</title>\n</head>\n<body>\n"
                  "<pre>Redirecting to ";
    append_escaped(answer.body, where);
    answer.body += "</pre>\n</body>\n</html>\n";
    return answer;
}

Answer page_answer(std::string_view type, std::string body, const Request& request) {
    Answer answer;
    answer.content_type = type;
    answer.body = std::move(body);
    revalidate(answer, request);
    return answer;
}

/// A string literal that cannot end the script element around it.
std::string script_string(std::string_view text) {
    std::string quoted, out;
    append_quoted(quoted, text);
    for (const char c : quoted) {
        if (c == '<') out += "\\u003c";
        else out += c;
    }
    return out;
}

}  // namespace

std::string explorer_page(const Settings& settings, std::string_view prefix) {
    auto levels = std::count(settings.explorer.begin(), settings.explorer.end(), '/') + (prefix.empty() ? 0 : 1);
    std::string assets;
    while (levels-- > 0) assets += "../";
    assets += "-/explorer/";
    std::string title;
    append_escaped(title, settings.title);

    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width\">\n<title>" +
           title + " \xE2\x80\x93 API explorer</title>\n<link rel=\"stylesheet\" href=\"" + assets +
           "swagger-ui.css\">\n<style>body { margin: 0; background: #fafafa } "
           "#missing { font: 16px sans-serif; margin: 3em auto; max-width: 40em }</style>\n</head>\n<body>\n"
           "<div id=\"swagger-ui\"></div>\n"
           "<div id=\"missing\" hidden>The explorer's assets are not installed: build with npm. "
           "The API's description is at <a href=\"swagger.json\">swagger.json</a>.</div>\n"
           "<noscript><p>The explorer needs JavaScript. The API's description is at <a href=\"swagger.json\">swagger.json</a>.</p>"
           "</noscript>\n<script src=\"" +
           assets + "swagger-ui-bundle.js\" onerror=\"document.getElementById('missing').hidden = false\"></script>\n<script>\n" +
           "const known = " + script_string(std::string{prefix} + settings.explorer + "/") +
           ";\n"
           "if (window.SwaggerUIBundle) fetch('swagger.json').then(answer => answer.json()).then(spec => {\n"
           "  const here = location.pathname.replace(/[^/]*$/, '');\n"
           "  if (here.endsWith(known)) spec.basePath = here.slice(0, -known.length) + spec.basePath;\n"
           "  window.ui = SwaggerUIBundle({\n"
           "    spec, dom_id: '#swagger-ui', deepLinking: true, docExpansion: 'none', defaultModelsExpandDepth: 0,\n"
           "    validatorUrl: null, presets: [SwaggerUIBundle.presets.apis], layout: 'BaseLayout',\n"
           "  });\n"
           "});\n"
           "</script>\n</body>\n</html>\n";
}

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
    if (same_letters(*rest, "/config.json")) {
        std::string body = "{\"url\":";
        append_quoted(body, std::string{request.forwarded_prefix} + mount + "/swagger.json");
        return page_answer(k_json_type, body + "}", request);
    }
    return std::nullopt;
}

}  // namespace mt::app::rest
