#include "tenant-app/connectors/server/settings.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/json_file.hpp"
#include <nlohmann/json.hpp>

namespace mt::app::server {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t k_connections_max = 100;
constexpr std::int64_t k_timeout_ms_max = 3'600'000;

struct TlsName {
    std::string_view name;
    Tls tls;
};
constexpr std::array k_tls_names =
    {TlsName{"disable", Tls::disable}, TlsName{"allow", Tls::prefer}, TlsName{"prefer", Tls::prefer},
                                    TlsName{"require", Tls::require}, TlsName{"verify-ca", Tls::verify_ca},
                                        TlsName{"verify-full", Tls::verify_full}};

std::optional<std::string> unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        unsigned byte = 0;
        if (i + 2 >= text.size()) return std::nullopt;
        const auto [end, error] = std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
        if (error != std::errc{} || end != text.data() + i + 3) return std::nullopt;
        out += static_cast<char>(byte);
        i += 2;
    }
    return out;
}

class Reader {
public:
    Reader(const fs::path& folder, const ordered_json& keys, Settings& out) : folder_(folder), keys_(keys), out_(out) {}

    Status read(std::string_view scheme, std::uint16_t port) {
        out_.host = "localhost";
        out_.port = port;
        if (const auto* url = find({"url"})) MT_CHECK(read_url(*url, scheme));
        MT_CHECK(text({"socketPath", "host", "hostname"}, out_.host));
        MT_CHECK(text({"user", "username"}, out_.user));
        MT_CHECK(text({"password"}, out_.password));
        MT_CHECK(text({"database"}, out_.database));
        MT_CHECK(text({"schema"}, out_.schema));
        MT_CHECK(flag({"createDatabase"}, out_.create_database));
        MT_CHECK(flag({"preparedStatements"}, out_.prepared_statements));
        MT_CHECK(number({"port"}, 1, 65535, out_.port));
        MT_CHECK(number({"connectionLimit", "max"}, 1, k_connections_max, out_.connections_max));
        MT_CHECK(duration({"connectTimeout", "connectionTimeoutMillis"}, out_.connect_timeout));
        MT_CHECK(duration({"acquireTimeout"}, out_.acquire_timeout));
        MT_CHECK(duration({"statementTimeout", "statement_timeout"}, out_.statement_timeout));
        MT_CHECK(read_tls());
        MT_CHECK(read_tenancy());
        if (out_.host.empty()) return refused("host", "\"host\" is the server's name or address");
        const bool anonymous = scheme == "mongodb";  // a server that asks nobody who he is
        if (out_.user.empty() && !anonymous) return refused("user", "\"user\" is missing: the database's login");
        if (out_.database.empty()) out_.database = anonymous ? "test" : out_.user;
        return {};
    }

private:
    Status refused(std::string_view key,
                   std::string message) const { return out_.error(Errc::invalid_config, key, std::move(message)); }

    /// The first of the names that is there, which becomes the one that errors name.
    const ordered_json* find(std::initializer_list<const char*> names) {
        for (const char* name : names) {
            const auto found = keys_.find(name);
            if (found == keys_.end() || found->is_null()) continue;
            name_ = name;
            return &*found;
        }
        return nullptr;
    }

    Status text(std::initializer_list<const char*> names, std::string& out) {
        const auto* value = find(names);
        if (!value) return {};
        if (!value->is_string()) return refused(name_, "\"" + name_ + "\" is a text");
        out = value->get<std::string>();
        if (out.find('\0') != std::string::npos)
            return refused(name_, "\"" + name_ + "\" holds a character that no server takes");
        return {};
    }

    Status flag(std::initializer_list<const char*> names, bool& out) {
        const auto* value = find(names);
        if (!value) return {};
        if (!value->is_boolean()) return refused(name_, "\"" + name_ + "\" is true or false");
        out = value->get<bool>();
        return {};
    }

    template <class Number>
    Status number(std::initializer_list<const char*> names, std::int64_t min, std::int64_t max, Number& out) {
        const auto* value = find(names);
        if (!value) return {};
        std::int64_t given = 0;
        if (value->is_number_integer()) {
            given = value->get<std::int64_t>();
        } else if (value->is_string()) {
            // An environment variable put in by "${…}" is a text.
            const auto& digits = value->get_ref<const std::string&>();
            const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), given);
            if (error != std::errc{} || end != digits.data() + digits.size()) given = min - 1;
        } else {
            given = min - 1;
        }
        if (given < min || given > max)
            return refused(name_, "\"" + name_ + "\" is a number from " + std::to_string(min) + " to " +
                           std::to_string(max));
        out = static_cast<Number>(given);
        return {};
    }

    Status duration(std::initializer_list<const char*> names, std::chrono::milliseconds& out) {
        std::int64_t ms = out.count();
        MT_CHECK(number(names, 1, k_timeout_ms_max, ms));
        out = std::chrono::milliseconds{ms};
        return {};
    }

    Status read_url(const ordered_json& value, std::string_view scheme) {
        const auto broken = [&] {
            return refused("url", "\"url\" is " + std::string{scheme} + "://user:password@host:port/database");
        };
        if (!value.is_string()) return broken();
        std::string_view rest = value.get_ref<const std::string&>();
        const auto colon = rest.find("://");
        if (colon == std::string_view::npos || !rest.substr(0, colon).starts_with(scheme)) return broken();
        rest.remove_prefix(colon + 3);
        std::string_view query;
        if (const auto mark = rest.find('?'); mark != std::string_view::npos)
            query = rest.substr(mark + 1), rest = rest.substr(0, mark);
        std::string_view authority = rest.substr(0, rest.find('/'));
        if (authority.size() < rest.size()) MT_CHECK(part(rest.substr(authority.size() + 1), out_.database));
        if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
            const auto login = authority.substr(0, at);
            authority.remove_prefix(at + 1);
            const auto split = login.find(':');
            MT_CHECK(part(login.substr(0, split), out_.user));
            if (split != std::string_view::npos) MT_CHECK(part(login.substr(split + 1), out_.password));
        }
        MT_CHECK(read_authority(authority, broken()));
        return read_url_options(query);
    }

    Status read_authority(std::string_view authority, const Status& broken) {
        std::string_view port;
        if (authority.starts_with('[')) {
            const auto end = authority.find(']');
            if (end == std::string_view::npos) return broken;
            out_.host = authority.substr(1, end - 1);
            port = authority.substr(end + 1);
        } else {
            const auto colon = authority.find(':');
            if (colon != std::string_view::npos) port = authority.substr(colon);
            if (colon != 0 && !authority.empty()) MT_CHECK(part(authority.substr(0, colon), out_.host));
        }
        if (port.empty()) return {};
        const auto [end, error] = std::from_chars(port.data() + 1, port.data() + port.size(), out_.port);
        return error == std::errc{} && end == port.data() + port.size() && out_.port != 0 ? Status{} : broken;
    }

    Status read_url_options(std::string_view query) {
        while (!query.empty()) {
            const auto option = query.substr(0, query.find('&'));
            query.remove_prefix(std::min(query.size(), option.size() + 1));
            const auto equals = option.find('=');
            if (option.substr(0, equals) == "sslmode" && equals != std::string_view::npos)
                MT_CHECK(named_tls("url", option.substr(equals + 1)));
        }
        return {};
    }

    Status part(std::string_view text, std::string& out) const {
        auto plain = unescaped(text);
        if (!plain || plain->find('\0') != std::string::npos)
            return refused("url", "\"url\" has a % without two hexadecimal digits");
        out = *std::move(plain);
        return {};
    }

    Status named_tls(std::string_view key, std::string_view name) const {
        for (const auto& row : k_tls_names) {
            if (row.name != name) continue;
            out_.tls = row.tls;
            return {};
        }
        return refused(key, "\"sslmode\" is disable, prefer, require, verify-ca or verify-full");
    }

    Status read_tls() {
        if (const auto* ssl = find({"ssl"})) {
            if (ssl->is_boolean()) {
                out_.tls = ssl->get<bool>() ? Tls::verify_full : Tls::disable;
            } else if (ssl->is_object()) {
                const auto reject = ssl->find("rejectUnauthorized");
                out_.tls = reject != ssl->end() && *reject == false ? Tls::require : Tls::verify_full;
                MT_CHECK(file(*ssl, "ca", out_.ca));
                MT_CHECK(file(*ssl, "cert", out_.certificate));
                MT_CHECK(file(*ssl, "key", out_.key));
            } else {
                return refused("ssl", "\"ssl\" is true, false, or an object with rejectUnauthorized, ca, cert and key");
            }
        }
        std::string mode;
        MT_CHECK(text({"sslmode"}, mode));
        return mode.empty() ? Status{} : named_tls("sslmode", mode);
    }

    Status read_tenancy() {
        std::string word;
        MT_CHECK(text({"tenancy"}, word));
        if (word.empty() || word == "isolated") return {};
        if (word != "schema" && word != "row") return refused("tenancy", "\"tenancy\" is isolated, schema or row");
        out_.tenancy = word == "row" ? Tenancy::row : Tenancy::schema;
        std::string rls;
        MT_CHECK(text({"rls"}, rls));
        if (!rls.empty() && rls != "required")
            return refused("rls", "\"rls\" is required: shared tables without row level security are not served");
        const bool plain = out_.user.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string::npos;
        if (word == "row" && !plain) return refused("user", "\"user\" of rows in shared tables is small letters and digits");
        if (!out_.schema.empty()) return {};
        return refused("tenancy", "with \"tenancy\": \"" + word + "\" the schema must be named: \"schema\"");
    }

    /// A file below the tenant's folder: the process may read no other.
    Status file(const ordered_json& ssl, const char* name, fs::path& out) const {
        const auto found = ssl.find(name);
        if (found == ssl.end() || found->is_null()) return {};
        const auto key = std::string{"ssl/"} + name;
        if (!found->is_string()) return refused(key, "names a file in the tenant's folder");
        const auto path = fs::path{found->get<std::string>()}.lexically_normal();
        if (path.is_absolute() || path.native().starts_with(".."))
            return refused(key, "names a file in the tenant's folder");
        std::error_code error;
        if (!fs::is_regular_file(folder_ / path, error)) return refused(key, path.native() + " is not there");
        out = fs::absolute(folder_ / path, error);
        return {};
    }

    const fs::path& folder_;
    const ordered_json& keys_;
    Settings& out_;
    std::string name_;
};

}  // namespace

Error Settings::error(Errc code, std::string_view name, std::string message) const {
    const auto pointer = "/" + pointer_escape(datasource) + (name.empty() ? "" : "/") + std::string{name};
    return Error{code, std::move(message)}.in_file("datasources.json", 0, pointer);
}

Result<Settings> read_settings(const fs::path& folder, const Datasource& datasource, std::string_view scheme,
                               std::uint16_t port) {
    Settings settings;
    settings.datasource = datasource.name;
    const ordered_json none = ordered_json::object();
    MT_CHECK((Reader{folder, datasource.settings ? *datasource.settings : none, settings}.read(scheme, port)));
    return settings;
}

}  // namespace mt::app::server
