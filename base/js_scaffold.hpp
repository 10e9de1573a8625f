#pragma once
#include <string_view>

namespace mt {

/// What a .js file of a LoopBack project is. LoopBack's generators write a few files of code that do what is built in
/// here; they are known by their tokens, so that comments, line breaks, quotes, `'use strict'` and the names of
/// variables do not matter.
enum class Script {
    nothing,         ///< no code, or a model's `module.exports = function(X) {}`
    root_status,     ///< boot/root.js: the status at /
    authentication,  ///< boot/authentication.js: app.enableAuth()
    rest_api,        ///< boot/rest-api.js of early LoopBack 2
    explorer,        ///< boot/explorer.js of early LoopBack 2
    server,          ///< server/server.js: boots the folder and listens
    code,            ///< anything else
};

/// Looks at the text only. Above 256 KiB it is code.
Script recognise_script(std::string_view text);

}  // namespace mt
