// mtm add --from: LoopBack 2 and 3 projects as their generators leave them, put together here, and what people make of them.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>

#include "mtm_fixture.hpp"

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

/// A project folder `my-app` beside tenants/.
class App {
public:
    explicit App(const Installation& mtg) : root_(mtg.work() / "my-app") {}

    const fs::path& root() const { return root_; }
    void write(const std::string& path, const std::string& text) const {
        fs::create_directories((root_ / path).parent_path());
        std::ofstream{root_ / path, std::ios::binary} << text;
    }
    void write(const std::string& path, const json& value) const { write(path, value.dump(2) + "\n"); }

    /// What `lb` makes, with one model.
    void scaffold() const {
        write("package.json",
              json{{"name", "my-app"}, {"main", "server/server.js"}, {"dependencies", {{"loopback", "^3.19.0"}}}});
        write(
            "server/server.js",
            std::string{
                "'use strict';\nconst loopback = require('loopback');\nconst boot = require('loopback-boot');\n"
                "const app = module.exports = loopback();\napp.start = function() {\n  return app.listen(function() { app.emit('started');\n"
                "    console.log('Listening at %s', app.get('url').replace(/\\/$/, '')); });\n};\n"
                "boot(app, __dirname, function(err) {\n  if (err) throw err;\n  if (require.main === module) app.start();\n});\n"});
        write(
            "server/boot/root.js",
            std::string{"'use strict';\nmodule.exports = function(server) {\n  const home = server.loopback.Router();\n"
                        "  home.get('/', server.loopback.status());\n  server.use(home);\n};\n"});
        write("server/boot/authentication.js",
              std::string{"module.exports = function(server) {\n  server.enableAuth();\n};\n"});
        write("server/config.json",
              json{{"restApiRoot", "/v1"}, {"host", "0.0.0.0"}, {"port", 3000}, {"remoting", {{"cors", false}}}});
        write("server/datasources.json", json{{"db", {{"name", "db"}, {"connector", "memory"}}}});
        write("server/model-config.json",
              json{{"_meta",
                    {{"sources", {"loopback/common/models", "loopback/server/models", "../common/models", "./models"}},
                     {"mixins", {"loopback/common/mixins", "../common/mixins", "./mixins"}}}},
                   {"User", {{"dataSource", "db"}}},
                   {"AccessToken", {{"dataSource", "db"}, {"public", false}}},
                   {"ACL", {{"dataSource", "db"}, {"public", false}}},
                   {"Role", {{"dataSource", "db"}, {"public", false}}},
                   {"RoleMapping", {{"dataSource", "db"}, {"public", false}}},
                   {"Customer", {{"dataSource", "db"}}}});
        write("server/component-config.json", json{{"loopback-component-explorer", {{"mountPath", "/explorer"}}}});
        write("server/middleware.json",
              json{{"initial", {{"compression", json::object()}, {"cors", {{"params", {{"origin", true}}}}}}},
                   {"parse", {{"body-parser#json", json::object()}}},
                   {"routes", {{"loopback#rest", {{"paths", {"${restApiRoot}"}}}}}},
                   {"files", {{"loopback#static", {{"params", "$!../client"}}}}},
                   {"final", {{"loopback#urlNotFound", json::object()}}},
                   {"final:after", {{"strong-error-handler", json::object()}}}});
        write("server/middleware.development.json",
              json{{"final:after", {{"strong-error-handler", {{"params", {{"debug", true}}}}}}}});
        write("common/models/customer.json", model("Customer"));
        write("common/models/customer.js",
              std::string{"'use strict';\n\nmodule.exports = function(Customer) {\n\n};\n"});
        write("client/README.md", std::string{"files for browsers\n"});
        write("node_modules/loopback/package.json", json{{"name", "loopback"}});
        write("node_modules/loopback/common/models/user.json", model("User"));
        write("node_modules/evil/index.js", std::string{"process.exit(1);\n"});
    }

    static json model(const std::string& name) {
        return {{"name", name},
                {"base", "PersistedModel"},
                {"idInjection", true},
                {"options", {{"validateUpsert", true}}},
                {"properties", {{"name", {{"type", "string"}, {"required", true}}}}},
                {"validations", json::array()},
                {"relations", json::object()},
                {"acls", json::array()},
                {"methods", json::object()}};
    }

private:
    fs::path root_;
};

bool told(const json& lines, const std::string& pattern) {
    return std::any_of(lines.begin(), lines.end(), [&](const json& line) {
        return std::regex_search(line.get<std::string>(), std::regex{pattern});
    });
}

json added(const Installation& mtg) {
    const auto ran = mtg.mtm({"add", "foo", "--from", "my-app", "--json"});
    CAPTURE(ran.out);
    CAPTURE(ran.err);
    REQUIRE(ran.code == 0);
    return ran.document()["data"];
}

void refused(const Installation& mtg, int code, const std::string& file, const std::string& message) {
    const auto before = mtg.tree();
    const auto ran = mtg.mtm({"add", "foo", "--from", "my-app", "--json"});
    CAPTURE(ran.out);
    CHECK(ran.code == code);
    const auto error = ran.document()["error"];
    CHECK(error.value("file", "") == file);
    CHECK(error["message"].get<std::string>().find(message) != std::string::npos);
    CHECK(mtg.tree() == before);
    CHECK(mtg.entries(".staging") == 0);
}

}  // namespace

TEST_CASE("mtm add --from: an unchanged LoopBack 3 project moves in, and there is nothing to warn of") {
    const Installation mtg;
    const App app{mtg};
    app.scaffold();
    const auto data = added(mtg);
    CHECK(data["from"] == "my-app");
    CHECK(data["warnings"] == json::array());
    CHECK(told(data["notes"], "^my-app/server/config.json:3 /port: .*gateway"));
    CHECK(json::parse(mtg.read("foo/models/customer.json"))["name"] == "Customer");
    CHECK(mtg.read("foo/config.json").find("/v1") != std::string::npos);
    CHECK(json::parse(mtg.read("foo/model-config.json"))["_meta"]["sources"].back() == "./models");
    CHECK(mtg.read("foo/client/README.md") == "files for browsers\n");
    CHECK(mtg.read("foo/boot/root.js").find("loopback.status") != std::string::npos);
    for (const auto* absent :
         {"foo/models/customer.js", "foo/boot/authentication.js", "foo/node_modules", "foo/server", "foo/package.json"})
        CHECK_FALSE(fs::exists(mtg.tenants() / absent));
    CHECK(fs::exists(mtg.tenants() / "foo/middleware.development.json"));
    CHECK((fs::status(mtg.tenants() / "foo/datasources.json").permissions() & fs::perms::all) ==
          (fs::perms::owner_read | fs::perms::owner_write));
    CHECK(json::parse(mtg.read("foo/tenant.json"))["key"].get<std::string>().size() == 8);
    CHECK(mtg.mtm({"check", "foo", "--json"}).document()["data"]["warnings"] == json::array());
    CHECK(mtg.mtm({"model", "foo:Order"}).code == 0);
}

TEST_CASE("mtm add --from: server/ may be named, and an early LoopBack 2 project has its explorer") {
    const Installation mtg;
    const App app{mtg};
    app.scaffold();
    fs::remove(app.root() / "server/component-config.json");
    fs::remove(app.root() / "server/middleware.json");
    fs::remove(app.root() / "server/middleware.development.json");
    app.write("server/boot/rest-api.js",
              std::string{"module.exports = function(server) { var at = server.get('restApiRoot');\n"
                          "  server.use(at, server.loopback.rest()); };\n"});
    app.write(
        "server/boot/explorer.js",
        std::string{
            "module.exports = function(server) {\n  var explorer;\n  try { explorer = require('loopback-explorer'); } catch (e) { return; }\n"
            "  server.use('/explorer', explorer(server, {basePath: server.get('restApiRoot')}));\n};\n"});
    const auto ran = mtg.mtm({"add", "foo", "--from", "my-app/server/", "--json"});
    REQUIRE(ran.code == 0);
    CHECK(ran.document()["data"]["warnings"] == json::array());
    CHECK(json::parse(mtg.read("foo/component-config.json")).contains("loopback-component-explorer"));
    CHECK(fs::exists(mtg.tenants() / "foo/models/customer.json"));
}

TEST_CASE("mtm add --from: what will not run is told by file and place, and the tenant is there") {
    const Installation mtg;
    const App app{mtg};
    app.scaffold();
    app.write("common/models/customer.js",
              std::string{"module.exports = function(Customer) { Customer.disableRemoteMethod('create', true); };"});
    app.write("server/boot/jobs.js", std::string{"module.exports = function(app) { setInterval(app.work, 1000); };"});
    app.write("server/mixins/stamp.js", std::string{"module.exports = function(Model) { Model.stamp = true; };"});
    app.write("server/server.js",
              std::string{"var app = require('loopback')(); app.use(require('helmet')()); app.listen();"});
    app.write("server/datasources.production.js", std::string{"module.exports = {db: {url: process.env.DB}};"});
    app.write("server/component-config.json", json{{"loopback-component-explorer", {{"mountPath", "/explorer"}}},
                                                   {"loopback-component-passport", json::object()}});
    auto middleware = json::parse(std::ifstream{app.root() / "server/middleware.json"});
    middleware["auth"] = {{"./middleware/tenant", json::object()}};
    app.write("server/middleware.json", middleware);
    app.write("server/datasources.json",
              json{{"db", {{"name", "db"}, {"connector", "mssql"}, {"password", "canary"}}},
                   {"files", {{"name", "files"}, {"connector", "loopback-component-storage"}, {"root", "x"}}}});
    auto models = json::parse(std::ifstream{app.root() / "server/model-config.json"});
    models["Container"] = {{"dataSource", "files"}};
    app.write("server/model-config.json", models);

    const auto data = added(mtg);
    const auto& warnings = data["warnings"];
    CAPTURE(warnings.dump(2));
    for (const auto* pattern :
         {"^my-app/common/models/customer.js: code of a model, not run; it holds disableRemoteMethod",
          "^my-app/server/boot/jobs.js: a boot script, not run", "^my-app/server/mixins/stamp.js: a mixin",
          "^my-app/server/server.js: code, not run", "^my-app/server/datasources.production.js: configuration in code",
          "^my-app/server/component-config.json:[0-9]+ /loopback-component-passport: a component of code",
          "^my-app/server/middleware.json:[0-9]+ /auth/.*: a middleware of code",
          "^my-app/server/datasources.json:3 /db/connector: the connector 'mssql' .* data/db.sqlite3",
          "^my-app/server/datasources.json:[0-9]+ /files/connector: .* not kept",
          "^my-app/server/model-config.json:[0-9]+ /Container: left out"}) {
        CAPTURE(pattern);
        CHECK(std::count_if(warnings.begin(), warnings.end(), [&](const json& line) {
                  return std::regex_search(line.get<std::string>(), std::regex{pattern});
              }) == 1);
    }
    CHECK(json::parse(mtg.read("foo/datasources.json"))["db"]["connector"] == "sqlite3");
    CHECK(mtg.read("foo/datasources.json").find("canary") == std::string::npos);
    // It is told again by the worker, as long as the code lies there.
    const auto later = mtg.mtm({"check", "foo", "--json"}).document()["data"]["warnings"];
    CHECK(told(later, "^models/customer.js: code is not run"));
    CHECK(told(later, "^boot/jobs.js: code is not run"));
    const auto plain = mtg.mtm({"add", "bar", "--from", "my-app"});
    CHECK(plain.code == 0);
    CHECK(plain.err.find("warning: tenant bar: my-app/server/boot/jobs.js: a boot script") != std::string::npos);
    CHECK(plain.out.find("added bar") == 0);
}

TEST_CASE("mtm add --from: layers, and models from all source folders, the later of two with one name") {
    const Installation mtg;
    const App app{mtg};
    app.scaffold();
    app.write("server/config.local.json", json{{"restApiRoot", "/local"}});
    app.write("server/datasources.staging.json", json{{"db", {{"connector", "oracle"}, {"url", "oracle://x"}}}});
    app.write("server/models/customer.json", App::model("Customer"));
    app.write("server/models/note.json", App::model("Note"));
    app.write("common/models/note.json", App::model("Memo"));
    app.write("common/models/_draft.json", std::string{"{ not read"});
    auto models = json::parse(std::ifstream{app.root() / "server/model-config.json"});
    for (const auto* name : {"Note", "Memo"}) models[name] = {{"dataSource", "db"}};
    app.write("server/model-config.json", models);
    const auto data = added(mtg);
    CHECK(told(
        data["notes"],
        "^my-app/server/models/customer.json:[0-9]+ /name: takes the place of my-app/common/models/customer.json"));
    CHECK(told(data["warnings"], "^my-app/server/datasources.staging.json:3 /db/connector: .*oracle"));
    CHECK(fs::exists(mtg.tenants() / "foo/config.local.json"));
    const auto listed = mtg.mtm({"model", "list", "foo", "--json"}).out;
    for (const auto* name : {"Customer", "Note", "Memo"}) CHECK(listed.find(name) != std::string::npos);
}

TEST_CASE("mtm add --from: rows that a memory connector kept in a file are rows of a database") {
    const Installation mtg;
    const App app{mtg};
    app.scaffold();
    app.write("server/datasources.json",
              json{{"db", {{"name", "db"}, {"connector", "memory"}, {"file", "mydata.json"}}}});
    app.write("mydata.json", json{{"ids", {{"Customer", 8}}},
                                  {"models", {{"Customer", {{"7", R"({"name":"Ann","id":7,"nick":"A"})"}}}}}});
    const auto data = added(mtg);
    CHECK(told(data["notes"], "^my-app/server/datasources.json:2 /db: .* data/db.sqlite3"));
    CHECK(fs::file_size(mtg.tenants() / "foo/data/db.sqlite3") > 0);
    CHECK_FALSE(fs::exists(mtg.tenants() / "foo/mydata.json"));
    app.write("mydata.json", std::string{"{\"models\": [}"});
    fs::remove_all(mtg.tenants() / "foo");
    const auto ran = mtg.mtm({"add", "foo", "--from", "my-app", "--json"});
    CHECK(ran.code == 6);
    CHECK(ran.document()["error"]["file"].get<std::string>().ends_with("my-app/mydata.json"));
    CHECK_FALSE(fs::exists(mtg.tenants() / "foo"));
}

TEST_CASE("mtm add --from: a tenant's folder, of the POC or of ours, is taken as it is") {
    const Installation mtg;
    const App app{mtg};
    REQUIRE(mtg.mtm({"add", "old"}).code == 0);
    REQUIRE(mtg.mtm({"model", "old:Customer"}).code == 0);
    fs::copy(mtg.tenants() / "old", app.root(), fs::copy_options::recursive);
    app.write("models/Customer.js", std::string{"module.exports = function(Customer) {};"});
    app.write("boot/authentication.js", std::string{"module.exports = function(server) { server.enableAuth(); };"});
    const auto data = added(mtg);
    CHECK(data["warnings"] == json::array());
    for (const auto* file : {"config.json", "datasources.json", "model-config.json", "middleware.json",
                             "component-config.json", "models/Customer.json"})
        CHECK(mtg.read("foo/" + std::string{file}) == mtg.read("old/" + std::string{file}));
    CHECK(json::parse(mtg.read("foo/tenant.json"))["key"] != json::parse(mtg.read("old/tenant.json"))["key"]);
}

TEST_CASE("mtm add --from: what is no LoopBack application is refused as a mistake of the command line") {
    const Installation mtg;
    const App app{mtg};
    refused(mtg, 2, "", "there is no folder 'my-app'");
    fs::create_directories(app.root() / "server");
    refused(mtg, 2, "", "is no LoopBack application");
    app.scaffold();
    CHECK(mtg.mtm({"add", "foo", "--from", "my-app/package.json"}).code == 2);
    CHECK(mtg.mtm({"add", "foo", "--from", "my-app", "--connector", "memory"}).code == 2);
    CHECK(mtg.mtm({"add", "foo", "--from", "my-app", "--template", "mine"}).code == 2);
    CHECK(mtg.mtm({"add", "foo", "--from", "my-app", "--dry-run"}).code == 0);
    CHECK_FALSE(fs::exists(mtg.tenants() / "foo"));
}

TEST_CASE("mtm add --from: broken files are named as the project has them, and nothing is left") {
    for (const auto* file :
         {"server/config.json", "server/datasources.json", "server/model-config.json", "server/middleware.json",
          "server/component-config.json", "server/config.local.json", "common/models/customer.json"}) {
        CAPTURE(file);
        const Installation mtg;
        const App app{mtg};
        app.scaffold();
        app.write(file, std::string{"oops {\n"});
        refused(mtg, 6, "my-app/" + std::string{file}, "");
    }
    const Installation mtg;
    const App app{mtg};
    app.scaffold();
    auto model = App::model("Customer");
    model["properties"]["name"]["type"] = "strin";
    app.write("common/models/customer.json", model);
    refused(mtg, 6, "my-app/common/models/customer.json", "strin");
    app.write("common/models/customer.json", App::model("../../evil"));
    app.write("server/datasources.json",
              json{{"../../../evil", {{"connector", "mssql"}}}, {"db", {{"connector", "memory"}}}});
    CHECK(added(mtg)["warnings"].size() == 2);  // Customer is described no more, and the connector
    CHECK_FALSE(fs::exists(mtg.work() / "evil"));
    CHECK_FALSE(fs::exists(mtg.work().parent_path() / "evil"));
}

TEST_CASE("mtm add --from: nothing is read that lies outside, or that would hang") {
    struct Row {
        std::string path, target;
    };
    for (const auto& row : std::vector<Row>{{"server/datasources.local.json", "secret.json"},
                                            {"common/models/leak.json", "secret.json"},
                                            {"server/models", "elsewhere"},
                                            {"client", "elsewhere"},
                                            {"server/boot/leak.js", "secret.json"}}) {
        CAPTURE(row.path);
        const Installation mtg;
        const App app{mtg};
        app.scaffold();
        std::ofstream{mtg.work() / "secret.json"} << "{}";
        fs::create_directory(mtg.work() / "elsewhere");
        fs::remove_all(app.root() / row.path);
        fs::create_symlink(mtg.work() / row.target, app.root() / row.path);
        refused(mtg, 6, "my-app/" + row.path, "out of the project");
    }
    const Installation mtg;
    const App app{mtg};
    app.scaffold();
    REQUIRE(::mkfifo((app.root() / "server/config.local.json").c_str(), 0600) == 0);
    refused(mtg, 6, "my-app/server/config.local.json", "plain file");
    fs::remove(app.root() / "server/config.local.json");
    app.write("server/datasources.json", json{{"db", {{"connector", "sqlite3"}, {"file", "/etc/passwd"}}}});
    CHECK(told(added(mtg)["warnings"], "/db/file: an absolute path"));
    CHECK(fs::is_empty(mtg.tenants() / "foo/data"));
}

TEST_CASE(
    "mtm add --from: a link inside the project, a folder of thousands of packages, and a cycle of links are no trouble") {
    const Installation mtg;
    const App app{mtg};
    app.scaffold();
    fs::rename(app.root() / "common/models/customer.json", app.root() / "common/customer.json");
    fs::create_symlink("../customer.json", app.root() / "common/models/customer.json");
    fs::create_directory_symlink("..", app.root() / "server/loop");
    for (int i = 0; i < 3'000; ++i)
        app.write("server/node_modules/p" + std::to_string(i) + "/index.js", std::string{"code()"});
    CHECK(added(mtg)["warnings"] == json::array());
    CHECK(json::parse(mtg.read("foo/models/customer.json"))["name"] == "Customer");
}
