#include "tenant-app/connectors/mysql/connection.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <utility>

namespace mt::app::mysql {

namespace asio = server::asio;
using server::SocketWait;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t k_statements_max = 64;
constexpr std::size_t k_kept_text_bytes = 16 * 1024;  ///< a statement that is longer is prepared for one use
/// How long the server may take to be told of a KILL, and to answer it. The answer says that nothing was changed.
constexpr auto k_kill_timeout = 1s;

}  // namespace

Connection::~Connection() {
    const int socket = mysql_ ? library_.socket(mysql_) : -1;
    wait_.forget();
    // The goodbye of a connection that does not work must not wait for the server.
    if (socket >= 0 && (broken_ || busy_)) ::shutdown(socket, SHUT_RDWR);
    if (mysql_) library_.close(mysql_);
    for (const auto& [text, statement] : statements_) library_.statement_close(statement);
}

bool Connection::is_mariadb() const {
    return std::string_view{library_.server_info(mysql_)}.find("MariaDB") != std::string_view::npos;
}

bool Connection::is_at_rest() const {
    return !broken_ && !busy_ && (mysql_->server_status & SERVER_STATUS_IN_TRANS) == 0;
}

bool Connection::has_hung_up() {
    // A server that nobody has asked says nothing but that it leaves.
    pollfd waiting{library_.socket(mysql_), POLLIN, 0};
    return ::poll(&waiting, 1, 0) != 0;
}

asio::awaitable<Result<std::uint64_t>> Connection::run(sql::Query query, server::RowSink sink,
                                                       std::chrono::milliseconds timeout) {
    busy_ = true;
    wait_.arm(timeout);
    Result<std::uint64_t> done{0};
    if (query.parameters.empty()) done = co_await run_text(query.text, sink);
    else done = co_await run_prepared(query, sink);
    wait_.disarm();
    busy_ = false;
    co_return done;
}

asio::awaitable<bool> Connection::finish(int waits_for, GoOn go_on) {
    while (waits_for != 0) {
        const bool in_time = co_await wait_.ready((waits_for & MYSQL_WAIT_WRITE) != 0 ? SocketWait::For::writing
                                                                                      : SocketWait::For::reading);
        if (in_time) waits_for = go_on(waits_for);
        else if (!co_await give_up()) co_return false;
    }
    co_return true;
}

asio::awaitable<bool> Connection::give_up() {
    if (std::exchange(cancelled_, true)) co_return false;
    broken_ = true;  // a late KILL must not hit somebody else's statement
    auto soon = settings_;
    soon.connect_timeout = k_kill_timeout;
    soon.database.clear();  // which may be what everybody waits for
    soon.create_database = false;
    const auto killer = co_await open(executor_, library_, soon);
    if (killer.ok()) {
        (*killer)->cancelled_ = true;  // nobody kills the killer
        sql::Query kill{"KILL QUERY " + std::to_string(library_.thread_id(mysql_)), {}};
        server::RowSink nobody;
        const auto killed = co_await (*killer)->run(std::move(kill), std::move(nobody), k_kill_timeout);
        if (!killed.ok()) co_return false;
    }
    wait_.arm(k_kill_timeout);
    co_return true;
}

asio::awaitable<Result<std::uint64_t>> Connection::run_text(const std::string& text, const server::RowSink& sink) {
    int failed = 0;
    GoOn query = [&](int ready) { return library_.query_cont(&failed, mysql_, ready); };
    const int queried = library_.query_start(&failed, mysql_, text.data(), text.size());
    if (!co_await finish(queried, std::move(query))) co_return lost();
    if (failed != 0) co_return error_of_connection();
    if (library_.columns(mysql_) == 0) co_return library_.affected(mysql_);
    MYSQL_RES* result = nullptr;
    GoOn store = [&](int ready) { return library_.store_cont(&result, mysql_, ready); };
    const int stored = library_.store_start(&result, mysql_);
    if (!co_await finish(stored, std::move(store))) co_return lost();
    if (!result) co_return error_of_connection();
    if (sink) deliver(result, sink);
    library_.free_result(result);
    co_return library_.affected(mysql_);
}

asio::awaitable<Result<std::uint64_t>> Connection::run_prepared(const sql::Query& query, const server::RowSink& sink) {
    MT_CO_TRY(auto* statement, co_await prepared(query.text));
    auto done = co_await execute(statement, query);
    std::uint64_t rows = 0;
    if (done.ok() && library_.statement_columns(statement) > 0) {
        done = co_await store(statement);
        if (done.ok() && sink) done = deliver(statement, sink);
        if (!broken_) library_.statement_free_result(statement);
    }
    if (done.ok()) {
        rows = library_.statement_affected(statement);
        last_id_ = library_.statement_insert_id(statement);
    }
    if (!broken_ && query.text.size() > k_kept_text_bytes) forget(query.text);
    if (!done.ok()) co_return done.error();
    co_return rows;
}

asio::awaitable<Result<MYSQL_STMT*>> Connection::prepared(const std::string& text) {
    if (const auto known = statements_.find(text); known != statements_.end()) co_return known->second;
    if (statements_.size() >= k_statements_max) make_room();
    auto* statement = library_.statement_init(mysql_);
    if (!statement) co_return Error{Errc::failed, "database: out of memory"};
    statements_.emplace(text, statement);
    const my_bool yes = 1;
    library_.statement_attribute(statement, STMT_ATTR_UPDATE_MAX_LENGTH, &yes);
    int failed = 0;
    GoOn prepare = [&](int ready) { return library_.prepare_cont(&failed, statement, ready); };
    const int started = library_.prepare_start(&failed, statement, text.data(), text.size());
    if (!co_await finish(started, std::move(prepare))) co_return lost();
    if (failed == 0) co_return statement;
    const auto error = error_of(statement);
    if (!broken_) forget(text);
    co_return error;
}

asio::awaitable<Status> Connection::execute(MYSQL_STMT* statement, const sql::Query& query) {
    std::vector<MYSQL_BIND> binds(query.parameters.size());
    for (std::size_t i = 0; i < binds.size(); ++i) {
        const auto& parameter = query.parameters[i];
        binds[i].buffer_type = parameter ? MYSQL_TYPE_STRING : MYSQL_TYPE_NULL;
        if (!parameter) continue;
        binds[i].buffer = const_cast<char*>(parameter->data());  // only read: it is a parameter
        binds[i].buffer_length = parameter->size();
    }
    if (library_.bind(statement, binds.data()) != 0) co_return error_of(statement);
    int failed = 0;
    GoOn execute = [&](int ready) { return library_.execute_cont(&failed, statement, ready); };
    const int started = library_.execute_start(&failed, statement);
    if (!co_await finish(started, std::move(execute))) co_return lost();
    if (failed != 0) co_return error_of(statement);
    co_return Status{};
}

asio::awaitable<Status> Connection::store(MYSQL_STMT* statement) {
    int failed = 0;
    GoOn store = [&](int ready) { return library_.statement_store_cont(&failed, statement, ready); };
    const int started = library_.statement_store_start(&failed, statement);
    if (!co_await finish(started, std::move(store))) co_return lost();
    if (failed != 0) co_return error_of(statement);
    co_return Status{};
}

/// A few writes without an answer. Clients can make any number of different filters; starting over is rare, and cheaper
/// than keeping count of uses.
void Connection::make_room() {
    for (const auto& [text, statement] : statements_) library_.statement_close(statement);
    statements_.clear();
}

void Connection::forget(const std::string& text) {
    const auto known = statements_.find(text);
    if (known == statements_.end()) return;
    library_.statement_close(known->second);
    statements_.erase(known);
}

Error Connection::error_of(const Refusal& refusal) {
    if (ends_connection(refusal.code)) broken_ = true;
    if (cancelled_ && ends_connection(refusal.code)) return lost();
    return statement_error(refusal);
}

Error Connection::error_of_connection() {
    return error_of(Refusal{library_.error_code(mysql_), library_.error_state(mysql_), library_.error_message(mysql_)});
}

Error Connection::error_of(MYSQL_STMT* statement) {
    return error_of(Refusal{library_.statement_error_code(statement), library_.statement_error_state(statement),
                            library_.statement_error_message(statement)});
}

Error Connection::lost() {
    broken_ = true;
    if (cancelled_)
        return Error{Errc::timed_out, "The statement took too long; whether it changed anything is not known"};
    return lost_error();
}

}  // namespace mt::app::mysql
