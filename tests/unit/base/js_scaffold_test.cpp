#include <doctest/doctest.h>

#include <string>

#include "base/js_scaffold.hpp"

using mt::recognise_script;
using mt::Script;

TEST_CASE("recognise_script: models without code, however they are spelt") {
    for (const char* text :
         {"", "// to be written\n", "'use strict';\n", "module.exports = function(Customer) {};",
          "'use strict';\n\nmodule.exports = function(Customer) {\n\n};\n",
          "module.exports = function Model(A, b) { /* } */ }",
          "\"use strict\"\nmodule.exports = (Order) => {\n  // x\n}", "module.exports = Order => {};",
          "module.exports=function(){}", "\xef\xbb\xbf'use strict';module.exports = function(X) {};"}) {
        CAPTURE(text);
        CHECK(recognise_script(text) == Script::nothing);
    }
}

TEST_CASE("recognise_script: the files that LoopBack's generators write") {
    CHECK(recognise_script("module.exports = function enable(server) {\n // on\n server.enableAuth();\n};") ==
          Script::authentication);
    CHECK(recognise_script("'use strict';\nmodule.exports = (app) => { app.enableAuth() }") == Script::authentication);
    CHECK(recognise_script("module.exports = function(server) {\n  const router = server.loopback.Router();\n"
                           "  router.get(\"/\", server.loopback.status());\n  server.use(router);\n};") ==
          Script::root_status);
    CHECK(recognise_script("module.exports = function mount(server) { var root = server.get('restApiRoot');\n"
                           "server.use(root, server.loopback.rest()); };") == Script::rest_api);
    CHECK(
        recognise_script(
            "module.exports = function(server) { var explorer; try { explorer = require('loopback-explorer'); } catch (e) {\n"
            "server.once('started', function() { console.log('none'); }); return; }\n"
            "server.use('/explorer', explorer(server, {basePath: server.get('restApiRoot')})); };") ==
        Script::explorer);
    CHECK(
        recognise_script(
            "var loopback = require('loopback');\nvar boot = require(\"loopback-boot\");\nvar app = module.exports = loopback();\n"
            "app.start = function() { return app.listen(function() { app.emit('started');\n"
            "console.log('at', app.get('url').replace(/\\/$/, '')); }); };\n"
            "boot(app, __dirname, function(err) { if (err) throw err; if (require.main === module) app.start(); });") ==
        Script::server);
}

TEST_CASE("recognise_script: whatever does more is code") {
    for (
        const char* text :
        {"module.exports = function(Customer) { Customer.disableRemoteMethod('create', true); };",
         "module.exports = function(app) { app.enableAuth(); app.models.User.destroyAll(); };",
         "module.exports = function(app) { other.enableAuth(); };",
         "module.exports = function(server) { var router = server.loopback.Router(); router.get('/', hello); server.use(router); };",
         "module.exports = function(server) { var router = server.loopback.Router(); "
         "router.get('/x', server.loopback.status()); server.use(router); };",
         "module.exports = function(X) {}; evil();",
         "module.exports = function(X) {",
         "module.exports = {}",
         "module.exports = function(X) { `${evil()}` }",
         "console.log('hello')",
         "'use strict', evil()",
         "var boot = require('loopback-boot'); boot(app, __dirname); app.use(evil());",
         "var boot = require('loopback-boot'); boot(app, __dirname); app.get('/x', evil);",
         "var boot = require('loopback-boot'); boot(app, {appRootDir: x});",
         "var boot = require('loopback-boot'); require('./evil'); boot(app, __dirname);",
         "var boot = require('loopback-boot'); boot(app, __dirname); (function() {})(1);",
         "var a = /'/; evil(); '/* */'",
         "/* never closed",
         "\"never closed",
         "/",
         "((((((((((",
         "module.exports = function("}) {
        CAPTURE(text);
        const auto kind = recognise_script(text);
        if (std::string{text} == "/* never closed") CHECK(kind == Script::nothing);
        else CHECK(kind == Script::code);
    }
    CHECK(recognise_script(std::string(300'000, ' ')) == Script::code);
}
