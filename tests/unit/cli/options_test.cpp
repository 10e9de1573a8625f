#include "base/cli/options.hpp"

#include <CLI/CLI.hpp>
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <iostream>
#include <sstream>

#include "base/cli/exit_code.hpp"
#include "base/cli/output.hpp"
#include "base/control/document.hpp"
#include "base/files.hpp"

using namespace mt;

namespace {

struct Run {
    std::optional<int> code;
    std::string out, err;
    cli::CommonOptions options;
};

Run run(std::vector<const char*> arguments) {
    Run run;
    std::ostringstream out, err;
    auto* old_out = std::cout.rdbuf(out.rdbuf());
    auto* old_err = std::cerr.rdbuf(err.rdbuf());
    CLI::App app{"test", "mtg"};
    cli::add_common_options(app, run.options);
    app.require_subcommand(1);
    app.add_subcommand("start", "starts");
    app.add_subcommand("status", "looks");
    arguments.insert(arguments.begin(), "mtg");
    run.code = cli::parse(app, static_cast<int>(arguments.size()), arguments.data());
    std::cout.rdbuf(old_out);
    std::cerr.rdbuf(old_err);
    run.out = out.str();
    run.err = err.str();
    return run;
}

}  // namespace

TEST_CASE("parse: common options stand before or behind the verb") {
    const auto behind = run({"start", "--tenants", "t", "--json"});
    CHECK_FALSE(behind.code);
    CHECK(behind.options.tenants == "t");
    CHECK(behind.options.json);
    CHECK(run({"--tenants", "t", "start"}).options.tenants == "t");
}

TEST_CASE("parse: an unknown verb exits 2 and names the nearest") {
    const auto wrong = run({"strat"});
    CHECK(wrong.code == 2);
    CHECK(wrong.out.empty());
    CHECK(wrong.err.find("did you mean 'start'?") != std::string::npos);
}

TEST_CASE("parse: with --json a usage error is a document on stdout") {
    const auto wrong = run({"start", "--nope", "--json"});
    CHECK(wrong.code == 2);
    CHECK(wrong.err.empty());
    const auto document = json::parse(wrong.out);
    CHECK(document["ok"] == false);
    CHECK(document["error"]["code"] == "usage");
}

TEST_CASE("parse: help is a success") { CHECK(run({"--help"}).code == 0); }

TEST_CASE("the environment gives what no flag gives") {
    ::setenv("MTG_TENANTS", "/from/environment", 1);
    CHECK(run({"start"}).options.tenants == "/from/environment");
    CHECK(run({"start", "--tenants", "flag"}).options.tenants == "flag");
    ::unsetenv("MTG_TENANTS");
}

TEST_CASE("resolve: a named configuration file must exist") {
    cli::CommonOptions options;
    options.config = "/nonexistent/mtg.json";
    const auto settings = cli::resolve(options);
    REQUIRE_FALSE(settings.ok());
    CHECK(cli::exit_code(settings.error().code()) == 2);
}

TEST_CASE("resolve: a configuration file that is refused still says where the tenants are, or a flag does") {
    char folder[] = "/tmp/mt_options.XXXXXX";
    REQUIRE(::mkdtemp(folder));
    cli::CommonOptions options;
    options.config = std::string{folder} + "/mtg.json";
    REQUIRE(write_file(options.config, R"({"tenants": "t", "socket": "s/c.sock", "nope": 1})").ok());
    auto settings = cli::resolve(options);
    REQUIRE(settings.ok());
    REQUIRE(settings->config_error);
    CHECK(settings->config_error->code() == Errc::invalid_config);
    CHECK(settings->layout.tenants() == std::string{folder} + "/t");
    CHECK(settings->layout.control_socket() == std::string{folder} + "/s/c.sock");

    REQUIRE(write_file(options.config, "{").ok());
    CHECK_FALSE(cli::resolve(options).ok());  // any folder would be a guess
    options.tenants = "/elsewhere";
    settings = cli::resolve(options);
    REQUIRE(settings.ok());
    CHECK(settings->config_error);
    CHECK(settings->layout.tenants() == "/elsewhere");
    std::filesystem::remove_all(folder);
}

TEST_CASE("error documents are read back as they were") {
    const auto error = Error{Errc::invalid_config, "no"}.of_tenant("foo").in_file("f.json", 3, "/a").hint("do");
    const auto back = error_from(error_object(error));
    CHECK(back.code() == Errc::invalid_config);
    CHECK(describe(back) == describe(error));
    CHECK(back.place().tenant == "foo");
    CHECK(error_from(json::parse(R"({"message": 3, "line": "x"})")).code() == Errc::failed);
    CHECK(error_from(json{}).code() == Errc::failed);
}
