#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace mt::app::rest {

/// middleware.json's `cors`, in the words of the npm package of that name.
struct Cors {
    bool on = true;
    bool configured = false;           ///< by config.json: a middleware.json that does not name it leaves it alone
    bool reflect = true;               ///< origin: true — whatever asks is named in the answer
    bool fixed = false;                ///< origin is one string: named in every answer, whatever asks
    std::vector<std::string> origins;  ///< else: these; "*" allows all without naming them
    bool credentials = true;
    std::string max_age = "86400";     ///< empty: not sent
    std::string methods = "GET,HEAD,PUT,PATCH,POST,DELETE";
    std::string allowed_headers;       ///< empty: those that the browser asks for
    std::string exposed_headers;
    unsigned options_status = 204;
};

/// middleware.json's `compression`.
struct Compression {
    bool on = false;
    std::size_t threshold = 1024;  ///< bytes; smaller bodies go out as they are
    int level = 4;                 ///< zlib's; its default of 6 costs twice the time for a tenth of the bytes
};

/// One folder of `loopback#static`.
struct StaticFolder {
    std::string mount;               ///< "/app", empty for "/"
    std::filesystem::path folder;    ///< below the tenant's, relative to it
    std::string index = "index.html";  ///< empty: none
    unsigned long max_age = 0;       ///< seconds
    bool redirect = true;            ///< "/docs" to "/docs/" where that is a folder
};

/// How answers and errors are worded. Requests carry a pointer to it.
struct AnswerPolicy {
    bool debug = false;                    ///< strong-error-handler's: a 5xx tells its cause
    bool negotiate = true;                 ///< false: errors are JSON whatever the client prefers
    bool root_property = true;             ///< {"error": …} around an error in JSON
    std::vector<std::string> safe_fields;  ///< of an error, told in a 5xx too
    bool xml = false;                      ///< results in XML for `Accept: text/xml`
};

/// What the REST half needs of config.json, middleware.json and component-config.json. tenant-app/config.cpp reads them.
struct Settings {
    std::string api_root = "/api";     ///< begins with a slash and ends without one; empty: the API is at /
    std::string explorer;              ///< the same form; empty: no explorer
    std::string title = "LoopBack Application";
    std::string version = "1.0.0";
    std::size_t json_bytes = 100u << 10;
    std::size_t form_bytes = 100u << 10;
    std::size_t form_parameters = 1000;
    bool json_strict = false;          ///< only objects and arrays are JSON
    Cors cors;
    Compression compression;
    AnswerPolicy policy;
    std::string extra_fields;          ///< of every answer, whole lines: helmet's
    std::filesystem::path folder;      ///< the tenant's
    std::vector<StaticFolder> statics;
    std::vector<std::string> status_paths{""};  ///< where loopback.status() is, without a slash at the end
    bool favicon = true;
    std::filesystem::path favicon_file;  ///< below the tenant's folder; empty: the built-in one
    int acl_error_status = 401;        ///< where a model has none of its own: what who is logged in and denied gets, 401, 403 or 404
    bool url_not_found = true;         ///< false: express' page for what is nowhere
};

}  // namespace mt::app::rest
