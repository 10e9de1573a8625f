#include <algorithm>

#include "tenant-app/rest/explorer.hpp"
#include "tenant-app/rest/text.hpp"

namespace mt::app::rest {

namespace {

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

constexpr std::string_view k_style =
    "<style>body { margin: 0; background: #fafafa } #missing { font: 16px sans-serif; margin: 3em auto; max-width: 40em }\n"
    "#login { font: 14px sans-serif; background: #1b1b1b; color: #fff; padding: .7em 1em; display: flex; flex-wrap: wrap; gap: .5em; "
    "align-items: center }\n"
    "#login input, #login select, #login button { font: inherit; padding: .3em .5em; border: 1px solid #777; border-radius: 3px }\n"
    "#login form { display: flex; flex-wrap: wrap; gap: .5em; align-items: center; margin: 0 } #login form + form { margin-left: auto }\n"
    "</style>\n";

// The fields have labels of their own for screen readers; what came of a click is announced.
constexpr std::string_view k_login =
    "<div id=\"login\">\n"
    "<form id=\"by-token\"><label for=\"token\">Access token</label> <input id=\"token\" autocomplete=\"off\" spellcheck=\"false\">"
    "<button>Set</button> <span id=\"state\" role=\"status\">Not set.</span></form>\n"
    "<form id=\"by-password\" hidden><select id=\"users\" aria-label=\"User model\"></select>"
    "<input id=\"name\" autocomplete=\"username\" placeholder=\"Username or email\" aria-label=\"Username or email\">"
    "<input id=\"password\" type=\"password\" autocomplete=\"current-password\" placeholder=\"Password\" aria-label=\"Password\">"
    "<button>Log in</button></form>\n"
    "</div>\n";

// The token stays in this tab's memory: whoever opens the page later has to log in again.
constexpr std::string_view k_script =
    "const at = id => document.getElementById(id);\n"
    "let token = '';\n"
    "function setToken(value) {\n"
    "  token = value.trim();\n"
    "  at('token').value = token;\n"
    "  at('state').textContent = token ? 'Set.' : 'Not set.';\n"
    "}\n"
    "at('by-token').addEventListener('submit', event => { event.preventDefault(); setToken(at('token').value); });\n"
    "at('by-password').addEventListener('submit', async event => {\n"
    "  event.preventDefault();\n"
    "  const name = at('name').value, key = name.includes('@') ? 'email' : 'username';\n"
    "  try {\n"
    "    const answer = await fetch(at('users').value, { method: 'POST', headers: { 'Content-Type': 'application/json' },\n"
    "      body: JSON.stringify({ [key]: name, password: at('password').value }) });\n"
    "    const body = await answer.json();\n"
    "    if (answer.ok) { setToken(body.id); at('password').value = ''; }\n"
    "    else at('state').textContent = body.error && body.error.message || 'Login failed.';\n"
    "  } catch (failure) { at('state').textContent = 'Login failed.'; }\n"
    "});\n"
    "if (window.SwaggerUIBundle) fetch('swagger.json').then(answer => answer.json()).then(spec => {\n"
    "  const here = location.pathname.replace(/[^/]*$/, '');\n"
    "  if (here.endsWith(known)) spec.basePath = here.slice(0, -known.length) + spec.basePath;\n"
    "  const base = spec.basePath === '/' ? '' : spec.basePath;\n"
    "  for (const path of Object.keys(spec.paths))\n"
    "    if (/^\\/[^/{]+\\/login$/.test(path) && spec.paths[path].post) at('users').add(new Option(path.split('/')[1], base + path));\n"
    "  at('by-password').hidden = at('users').length === 0;\n"
    "  at('users').hidden = at('users').length < 2;\n"
    "  window.ui = SwaggerUIBundle({\n"
    "    spec, dom_id: '#swagger-ui', deepLinking: true, docExpansion: 'none', defaultModelsExpandDepth: 0,\n"
    "    validatorUrl: null, presets: [SwaggerUIBundle.presets.apis], layout: 'BaseLayout',\n"
    "    requestInterceptor: request => { if (token) request.headers.Authorization = token; return request; },\n"
    "  });\n"
    "});\n";

}  // namespace

std::string explorer_page(const Settings& settings, std::string_view prefix) {
    auto levels = std::count(settings.explorer.begin(), settings.explorer.end(), '/') + (prefix.empty() ? 0 : 1);
    std::string assets;
    while (levels-- > 0) assets += "../";
    assets += "-/explorer/";

    std::string page =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n<title>";
    append_escaped(page, settings.title);
    page.append(" \xE2\x80\x93 API explorer</title>\n<link rel=\"stylesheet\" href=\"").append(assets).append("swagger-ui.css\">\n");
    page.append(k_style).append("</head>\n<body>\n").append(k_login);
    page +=
        "<div id=\"swagger-ui\"></div>\n"
        "<div id=\"missing\" hidden>The explorer's assets are not installed: build with npm. The API's description is at "
        "<a href=\"swagger.json\">swagger.json</a> and, as OpenAPI 3, at <a href=\"openapi.json\">openapi.json</a>.</div>\n"
        "<noscript><p>The explorer needs JavaScript. The API's description is at <a href=\"swagger.json\">swagger.json</a> and, as "
        "OpenAPI 3, at <a href=\"openapi.json\">openapi.json</a>.</p></noscript>\n<script src=\"";
    page.append(assets).append("swagger-ui-bundle.js\" onerror=\"document.getElementById('missing').hidden = false\"></script>\n<script>\n");
    page.append("const known = ").append(script_string(std::string{prefix} + settings.explorer + "/")).append(";\n");
    return page.append(k_script).append("</script>\n</body>\n</html>\n");
}

}  // namespace mt::app::rest
