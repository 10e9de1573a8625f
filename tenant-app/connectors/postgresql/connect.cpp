#include "tenant-app/connectors/postgresql/connection.hpp"
#include "tenant-app/connectors/postgresql/errors.hpp"
#include "tenant-app/connectors/server/addresses.hpp"

namespace mt::app::postgresql {

namespace asio = server::asio;
using server::Settings;
using server::SocketWait;

namespace {

constexpr const char* k_system_authorities = "/etc/ssl/certs/ca-certificates.crt";

const char* mode_of(server::Tls tls) {
    switch (tls) {
        case server::Tls::disable: return "disable";
        case server::Tls::prefer: return "prefer";
        case server::Tls::require: return "require";
        case server::Tls::verify_ca: return "verify-ca";
        case server::Tls::verify_full: return "verify-full";
    }
    return "verify-full";
}

/// Keywords and values of PQconnectStartParams.
class Parameters {
public:
    Parameters(const Settings& settings, const std::vector<std::string>& addresses) {
        // One host and port for each address, which makes libpq try them in turn.
        std::string hosts, ports, list;
        for (const auto& address : addresses) {
            const char* comma = list.empty() ? "" : ",";
            hosts += comma + settings.host;
            ports += comma + std::to_string(settings.port);
            list += comma + address;
        }
        add("host", addresses.empty() ? settings.host : hosts);
        add("port", addresses.empty() ? std::to_string(settings.port) : ports);
        if (!list.empty()) add("hostaddr", list);
        add("dbname", settings.database);
        add("user", settings.user);
        if (!settings.password.empty()) add("password", settings.password);
        add("application_name", "mtg");
        add("client_encoding", "UTF8");
        add("gssencmode", "disable");
        add("options", "-c datestyle=ISO -c timezone=UTC -c standard_conforming_strings=on -c extra_float_digits=1");
        add("sslmode", settings.local() ? "disable" : mode_of(settings.tls));
        if (settings.tls == server::Tls::verify_ca || settings.tls == server::Tls::verify_full)
            add("sslrootcert", settings.ca.empty() ? k_system_authorities : settings.ca.native());
        if (!settings.certificate.empty()) add("sslcert", settings.certificate.native());
        if (!settings.key.empty()) add("sslkey", settings.key.native());
    }

    PGconn* start(const Library& library) const {
        std::vector<const char*> keywords, values;
        for (const auto& [keyword, value] : all_) {
            keywords.push_back(keyword);
            values.push_back(value.c_str());
        }
        keywords.push_back(nullptr);
        values.push_back(nullptr);
        return library.connect_start(keywords.data(), values.data(), 0);
    }

private:
    void add(const char* keyword, std::string value) { all_.emplace_back(keyword, std::move(value)); }
    std::vector<std::pair<const char*, std::string>> all_;
};

void ignore_notice(void*, const PGresult*) {}

}  // namespace

asio::awaitable<Result<std::unique_ptr<Connection>>> Connection::open(asio::any_io_executor executor,
                                                                      const Library& library,
                                                                      const Settings& settings) {
    MT_CO_TRY(const auto addresses, co_await server::addresses_of(executor, settings));
    auto* raw = Parameters{settings, addresses}.start(library);
    if (!raw) co_return Error{Errc::failed, "database: out of memory"};
    std::unique_ptr<Connection> connection{new Connection{executor, library, raw, settings.prepared_statements}};
    library.set_error_verbosity(raw, PQERRORS_VERBOSE);
    library.set_notice_receiver(raw, ignore_notice, nullptr);
    MT_CO_CHECK(co_await connection->finish_connecting(settings));
    co_return connection;
}

asio::awaitable<Status> Connection::finish_connecting(const Settings& settings) {
    wait_.arm(settings.connect_timeout);
    auto state = library_.status(connection_) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (state == PGRES_POLLING_READING || state == PGRES_POLLING_WRITING) {
        wait_.watch(library_.socket(connection_));
        const bool in_time =
            co_await wait_.ready(state == PGRES_POLLING_READING ? SocketWait::For::reading : SocketWait::For::writing);
        // It may close the socket and open another one, which then has the same number.
        wait_.forget();
        if (!in_time)
            co_return connect_error(settings, "no answer in " + std::to_string(settings.connect_timeout.count()) +
                                    " ms");
        state = library_.connect_poll(connection_);
    }
    wait_.disarm();
    if (state != PGRES_POLLING_OK) co_return connect_error(settings, library_.error_message(connection_));
    wait_.watch(library_.socket(connection_));
    library_.set_nonblocking(connection_, 1);
    co_return Status{};
}

}  // namespace mt::app::postgresql
