#include <fcntl.h>
#include <mysqld_error.h>

#include <algorithm>

#include "tenant-app/connectors/mysql/connection.hpp"
#include "tenant-app/connectors/mysql/dialect.hpp"
#include "tenant-app/connectors/server/addresses.hpp"

namespace mt::app::mysql {

namespace asio = server::asio;
using server::Settings;
using server::SocketWait;
using server::Tls;

namespace {

constexpr const char* k_authorities = "/etc/ssl/certs/ca-certificates.crt";
/// Of the coroutine in which the library runs; a name's look-up and TLS need more than its 60 KiB.
constexpr std::size_t k_stack_bytes = 256 * 1024;
/// None that would send the password as it is.
constexpr const char* k_logins = "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password";
constexpr std::chrono::milliseconds k_connect_timeout_max{1'000'000};  ///< a thousand times it is still an int
// What the tables and conditions rely on, whatever the server's configuration says.
constexpr const char* k_session =
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', "
    "time_zone = '+00:00', autocommit = 1, lc_messages = 'en_US'";
constexpr const char* k_isolation = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";

/// The library shakes the hands of TLS in blocking mode whatever it was told, which a server that hangs must not make
/// use of, and leaves the socket in it.
void bound_blocking(int socket, std::chrono::milliseconds timeout) {
    const timeval limit{timeout.count() / 1000, timeout.count() % 1000 * 1000};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}
void never_block(int socket) { ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK); }

bool is_verified(Tls tls) { return tls == Tls::verify_ca || tls == Tls::verify_full; }

}  // namespace

asio::awaitable<Result<std::unique_ptr<Connection>>> Connection::open(asio::any_io_executor executor,
                                                                      const Library& library,
                                                                      const Settings& settings) {
    MT_CO_TRY(auto hosts, co_await server::addresses_of(executor, settings));
    // The certificate is compared with what is connected to, and names the host: the library finds the address itself.
    if (hosts.empty() || settings.tls == Tls::verify_full) hosts = {settings.host};
    for (std::size_t i = 0;; ++i) {
        std::unique_ptr<Connection> connection{new Connection{executor, library, settings}};
        if (!connection->mysql_) co_return Error{Errc::failed, "database: out of memory"};
        auto connected = co_await connection->connect(hosts[i], settings.database);
        if (settings.create_database && library.error_code(connection->mysql_) == ER_BAD_DB_ERROR) {
            connection.reset(new Connection{executor, library, settings});
            if (!connection->mysql_) co_return Error{Errc::failed, "database: out of memory"};
            connected = co_await connection->connect(hosts[i], "");
            if (connected.ok()) connected = co_await connection->enter_database();
        }
        if (connected.ok()) co_return connection;
        if (connected.error().code() != Errc::unavailable || i + 1 == hosts.size()) co_return connected.error();
    }
}

Connection::Connection(asio::any_io_executor executor, const Library& library, const Settings& settings)
    : library_(library), settings_(settings), executor_(executor), mysql_(library.init(nullptr)), wait_(executor) {
    if (mysql_) configure();
}

void Connection::configure() {
    const auto set = [&](mysql_option option, const void* value) { library_.options(mysql_, option, value); };
    set(MYSQL_OPT_NONBLOCK, &k_stack_bytes);
    set(MYSQL_SET_CHARSET_NAME, "utf8mb4");
    set(MYSQL_INIT_COMMAND, k_session);
    set(MYSQL_INIT_COMMAND, k_isolation);
    set(MARIADB_OPT_RESTRICTED_AUTH, k_logins);
    const unsigned no_files = 0;  // that a server could ask for
    set(MYSQL_OPT_LOCAL_INFILE, &no_files);
    // The library takes the number for seconds where it connects, a wait that is ours to end, and for milliseconds where it waits
    // for a server that shakes the hands of TLS (connector-c #250).
    const auto timeout = static_cast<unsigned>(std::min(settings_.connect_timeout, k_connect_timeout_max).count());
    set(MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
    const unsigned protocol = settings_.local() ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    set(MYSQL_OPT_PROTOCOL, &protocol);
    if (settings_.local() || settings_.tls == Tls::disable) return;
    const my_bool yes = 1;
    set(MYSQL_OPT_SSL_ENFORCE, &yes);
    if (is_verified(settings_.tls))
        set(MYSQL_OPT_SSL_CA, settings_.ca.empty() ? k_authorities : settings_.ca.c_str());
    if (settings_.tls == Tls::verify_full) set(MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
    if (!settings_.certificate.empty()) set(MYSQL_OPT_SSL_CERT, settings_.certificate.c_str());
    if (!settings_.key.empty()) set(MYSQL_OPT_SSL_KEY, settings_.key.c_str());
}

asio::awaitable<Status> Connection::connect(std::string host, std::string database) {
    busy_ = true;
    wait_.arm(settings_.connect_timeout);
    MYSQL* connected = nullptr;
    const bool local = settings_.local();
    int waits_for = library_.connect_start(&connected, mysql_, local ? nullptr : host.c_str(), settings_.user.c_str(),
                                           settings_.password.c_str(), database.empty() ? nullptr : database.c_str(),
                                           settings_.port, local ? host.c_str() : nullptr, CLIENT_FOUND_ROWS);
    while (waits_for != 0) {
        wait_.watch(library_.socket(mysql_));
        bound_blocking(library_.socket(mysql_), settings_.connect_timeout);
        const bool in_time = co_await wait_.ready((waits_for & MYSQL_WAIT_WRITE) != 0 ? SocketWait::For::writing
                                                                                      : SocketWait::For::reading);
        // It may close the socket and open another one, which then has the same number.
        wait_.forget();
        if (!in_time) {
            const auto why = "no answer in " + std::to_string(settings_.connect_timeout.count()) + " ms";
            co_return connect_error(settings_, {0, "", why});
        }
        waits_for = library_.connect_cont(&connected, mysql_, waits_for & ~MYSQL_WAIT_TIMEOUT);
    }
    wait_.disarm();
    busy_ = false;
    if (!connected) co_return connect_failure();
    // A server without TLS would be taken as it is.
    const bool must = !local && settings_.tls != Tls::disable && settings_.tls != Tls::prefer;
    if (must && !library_.tls_cipher(mysql_)) co_return connect_error(settings_, {0, "", "the server has no TLS"});
    never_block(library_.socket(mysql_));
    wait_.watch(library_.socket(mysql_));
    co_return Status{};
}

Error Connection::connect_failure() const {
    return connect_error(settings_, {library_.error_code(mysql_), library_.error_state(mysql_),
                                     library_.error_message(mysql_)});
}

asio::awaitable<Status> Connection::enter_database() {
    const auto name = backquoted(settings_.database);
    for (const auto* verb : {"CREATE DATABASE IF NOT EXISTS ", "USE "}) {
        sql::Query query{verb + name, {}};
        server::RowSink nobody;
        const auto done = co_await run(std::move(query), std::move(nobody), settings_.connect_timeout);
        if (!done.ok()) co_return connect_failure();
    }
    co_return Status{};
}

}  // namespace mt::app::mysql
