#include "base/tls_config.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <vector>

using namespace mt;

namespace {

struct Read {
    TlsConfig tls;
    Status status;
};

Read read(const std::string& text) {
    const JsonFile file{"/etc/mtg/mtg.json", text, "mtg.json"};
    const auto root = parse_config(file);
    REQUIRE(root.ok());
    Read result;
    result.status = read_tls((*root)["tls"], ConfigPlace{file, "/tls"}, "/etc/mtg", result.tls);
    return result;
}

}  // namespace

TEST_CASE("read_tls: every key, with paths from the file's folder") {
    const auto [tls, status] = read(R"({"tls": {"listen": ["0.0.0.0:443", "[::]:443"],
        "certificates": [{"cert": "a.pem", "key": "/keys/a.key"}, {"cert": "b.pem", "key": "b.key", "hosts": ["b.org", "*.b.org"]}],
        "client_ca": "ca.pem", "client_auth": "optional", "redirect": 8443, "min_version": "1.3"}})");
    REQUIRE(status.ok());
    CHECK(tls.listen.size() == 2);
    REQUIRE(tls.certificates.size() == 2);
    CHECK(tls.certificates[0].certificate == "/etc/mtg/a.pem");
    CHECK(tls.certificates[0].key == "/keys/a.key");
    CHECK(tls.certificates[1].hosts == std::vector<std::string>{"b.org", "*.b.org"});
    CHECK(tls.client_ca == "/etc/mtg/ca.pem");
    CHECK(tls.client_auth == TlsConfig::ClientAuth::optional);
    CHECK(tls.redirect);
    CHECK(tls.redirect_port == 8443);
    CHECK(tls.tls13_only);
}

TEST_CASE("read_tls: what is wrong is named by its pointer") {
    const std::string some = R"("listen": "443", "certificates": [{"cert": "a", "key": "b"}])";
    for (const auto& [text, pointer] : std::vector<std::pair<std::string, std::string>>{
             {"{}", "/tls"}, {R"({"listen": "443"})", "/tls"}, {R"({"listen": []})", "/tls/listen"}, {R"({"certs": []})", "/tls/certs"},
             {R"({"listen": "443", "certificates": []})", "/tls/certificates"},
             {R"({"listen": "443", "certificates": [{"cert": "a"}]})", "/tls/certificates/0"},
             {R"({"listen": "443", "certificates": [{"cert": "a", "key": ""}]})", "/tls/certificates/0/key"},
             {R"({"listen": "443", "certificates": [{"cert": "a", "key": "b", "hosts": ["a b"]}]})", "/tls/certificates/0/hosts"},
             {"{" + some + R"(, "client_auth": "maybe"})", "/tls/client_auth"}, {"{" + some + R"(, "client_auth": "required"})", "/tls/client_auth"},
             {"{" + some + R"(, "client_ca": "c"})", "/tls/client_ca"}, {"{" + some + R"(, "redirect": 0})", "/tls/redirect"},
             {"{" + some + R"(, "redirect": "yes"})", "/tls/redirect"}, {"{" + some + R"(, "min_version": "1.1"})", "/tls/min_version"}}) {
        CAPTURE(text);
        const auto result = read(R"({"tls": )" + text + "}");
        REQUIRE_FALSE(result.status.ok());
        CHECK(result.status.error().code() == Errc::invalid_config);
        CHECK(result.status.error().place().pointer == pointer);
    }
}
