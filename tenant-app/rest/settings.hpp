#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace mt::app::rest {

/// middleware.json's `cors`, in the words of the npm package of that name.
struct Cors {
    bool on = true;
    bool reflect = true;               ///< origin: true — whatever asks is named in the answer
    std::vector<std::string> origins;  ///< else: these; "*" allows all without naming them
    bool credentials = true;
    std::string max_age = "86400";     ///< empty: not sent
    std::string methods = "GET,HEAD,PUT,PATCH,POST,DELETE";
};

/// What the REST half needs of config.json, middleware.json and component-config.json. tenant-app/config.cpp reads them.
struct Settings {
    std::string api_root = "/api";     ///< begins with a slash and ends without one; empty: the API is at /
    std::string explorer;              ///< the same form; empty: no explorer
    std::string title = "LoopBack Application";
    std::string version = "1.0.0";
    std::size_t json_bytes = 100u << 10;
    std::size_t form_bytes = 100u << 10;
    bool json_strict = false;          ///< only objects and arrays are JSON
    Cors cors;
};

}  // namespace mt::app::rest
