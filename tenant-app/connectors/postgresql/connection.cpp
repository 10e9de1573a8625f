#include "tenant-app/connectors/postgresql/connection.hpp"

#include <poll.h>

#include <charconv>
#include <csignal>
#include <thread>

#include "tenant-app/connectors/postgresql/errors.hpp"

namespace mt::app::postgresql {

namespace asio = server::asio;
using server::SocketWait;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t k_statements_max = 64;
/// How long the server may take to answer a cancellation. The answer says that nothing was changed.
constexpr auto k_cancel_timeout = 1s;

/// PQcancel() opens a connection of its own and blocks. Rare, so a thread of its own will do.
void cancel_elsewhere(const Library& library, PGconn* connection) {
    auto* request = library.get_cancel(connection);
    if (!request) return;
    std::thread{[&library, request] {
        sigset_t all;  // signals belong to the loop's thread
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, nullptr);
        char why[256];
        library.cancel(request, why, sizeof why);
        library.free_cancel(request);
    }}.detach();
}

std::uint64_t number(const char* text) {
    std::uint64_t out = 0;
    const std::string_view digits{text};
    std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return out;
}

}  // namespace

Connection::~Connection() {
    wait_.forget();
    library_.finish(connection_);
}

bool Connection::is_at_rest() const {
    return !broken_ && !busy_ && library_.transaction_status(connection_) == PQTRANS_IDLE;
}

bool Connection::has_hung_up() {
    pollfd waiting{library_.socket(connection_), POLLIN, 0};
    // A server that stops says so, and then closes; one that changes a setting says something, too.
    while (::poll(&waiting, 1, 0) != 0) {
        if (library_.consume_input(connection_) == 0 || library_.status(connection_) != CONNECTION_OK) return true;
        library_.is_busy(connection_);  // has the library read what came
    }
    return false;
}

asio::awaitable<Result<std::uint64_t>> Connection::run(sql::Query query, server::RowSink sink,
                                                       std::chrono::milliseconds timeout) {
    for (const auto& parameter : query.parameters)
        if (parameter && parameter->find('\0') != std::string::npos)
            co_return Error{Errc::bad_request,
                            "The database refuses the values: PostgreSQL cannot hold the character U+0000"};
    std::string name;  // without one the server keeps it until the next
    bool is_new = true;
    if (keeps_statements_) {
        auto known = statements_.find(query.text);
        is_new = known == statements_.end();
        if (is_new && statements_.size() >= k_statements_max) MT_CO_CHECK(co_await make_room());
        if (is_new) known = statements_.emplace(query.text, "s" + std::to_string(++names_)).first;
        name = known->second;
    }
    busy_ = true;
    wait_.arm(timeout);
    if (!send(name, query, is_new)) co_return lost();
    const auto outcome = co_await exchange(std::move(sink), is_new);
    if (is_new && !outcome.prepared) statements_.erase(query.text);
    if (outcome.error) co_return *outcome.error;
    co_return outcome.rows;
}

asio::awaitable<Status> Connection::script(std::string text, std::chrono::milliseconds timeout) {
    busy_ = true;
    wait_.arm(timeout);
    if (library_.send_query(connection_, text.c_str()) == 0) co_return lost();
    server::RowSink nobody;
    const auto outcome = co_await exchange(std::move(nobody), false);
    if (outcome.error) co_return *outcome.error;
    co_return Status{};
}

Result<std::string> Connection::verifier(const std::string& user, const std::string& password) {
    char* made = library_.encrypt_password(connection_, password.c_str(), user.c_str(), "scram-sha-256");
    if (!made) return Error{Errc::failed, "a password cannot be prepared for the server"};
    std::string text{made};
    library_.free_memory(made);
    return text;
}

/// Clients can make any number of different filters; starting over is rare, and cheaper than keeping count of uses.
asio::awaitable<Status> Connection::make_room() {
    std::string all = "DEALLOCATE ALL";
    MT_CO_CHECK(co_await script(std::move(all), k_cancel_timeout));
    statements_.clear();
    co_return Status{};
}

bool Connection::send(const std::string& name, const sql::Query& query, bool is_new) {
    std::vector<const char*> values;
    for (const auto& parameter : query.parameters) values.push_back(parameter ? parameter->c_str() : nullptr);
    if (is_new && (library_.enter_pipeline(connection_) == 0 ||
                   library_.send_prepare(connection_, name.c_str(), query.text.c_str(), 0, nullptr) == 0))
        return false;
    if (library_.send_prepared(connection_, name.c_str(), static_cast<int>(values.size()), values.data(), nullptr,
                               nullptr, 0) == 0)
        return false;
    return !is_new || library_.pipeline_sync(connection_) == 1;
}

asio::awaitable<Connection::Outcome> Connection::exchange(server::RowSink sink, bool pipelined) {
    Outcome outcome;
    if (!co_await flush()) {
        outcome.error = lost();
        co_return outcome;
    }
    for (bool more = true; more;) {
        if (!co_await wait_for_result()) {
            outcome.error = lost();
            co_return outcome;
        }
        auto* result = library_.get_result(connection_);
        if (!result) {
            // In a pipeline it ends one statement's results.
            more = pipelined && library_.status(connection_) == CONNECTION_OK;
            continue;
        }
        more = library_.result_status(result) != PGRES_PIPELINE_SYNC;
        take(result, sink, outcome);
        library_.clear(result);
    }
    if (library_.status(connection_) != CONNECTION_OK || (pipelined && library_.exit_pipeline(connection_) == 0)) {
        broken_ = true;
        if (!outcome.error) outcome.error = lost();
    }
    wait_.disarm();
    busy_ = false;
    co_return outcome;
}

asio::awaitable<bool> Connection::flush() {
    for (;;) {
        const int left = library_.flush(connection_);
        if (left <= 0) co_return left == 0;
        const bool in_time = co_await wait_.ready(SocketWait::For::writing);
        if (!in_time && !give_up()) co_return false;
        if (library_.consume_input(connection_) == 0) co_return false;
    }
}

asio::awaitable<bool> Connection::wait_for_result() {
    while (library_.is_busy(connection_) != 0) {
        const bool in_time = co_await wait_.ready(SocketWait::For::reading);
        if (!in_time && !give_up()) co_return false;
        if (library_.consume_input(connection_) == 0) co_return false;
    }
    co_return true;
}

bool Connection::give_up() {
    if (std::exchange(cancelled_, true)) return false;
    broken_ = true;  // a late cancellation must not hit somebody else's statement
    cancel_elsewhere(library_, connection_);
    wait_.arm(k_cancel_timeout);
    return true;
}

void Connection::take(PGresult* result, const server::RowSink& sink, Outcome& outcome) {
    switch (library_.result_status(result)) {
        case PGRES_TUPLES_OK:
            if (sink) deliver(result, sink);
            [[fallthrough]];
        case PGRES_COMMAND_OK:
            outcome.prepared = true;
            outcome.rows = number(library_.affected(result));
            return;
        case PGRES_PIPELINE_SYNC:
        case PGRES_PIPELINE_ABORTED: return;
        case PGRES_EMPTY_QUERY:
        case PGRES_COPY_OUT:
        case PGRES_COPY_IN:
        case PGRES_COPY_BOTH:
        case PGRES_BAD_RESPONSE:
        case PGRES_NONFATAL_ERROR:
        case PGRES_FATAL_ERROR:
        case PGRES_SINGLE_TUPLE: break;
    }
    if (!outcome.error) outcome.error = error_of(result);
}

void Connection::deliver(PGresult* result, const server::RowSink& sink) const {
    const int columns = library_.columns(result), rows = library_.rows(result);
    std::vector<std::optional<std::string_view>> cells(static_cast<std::size_t>(columns));
    for (int row = 0; row < rows; ++row) {
        for (int i = 0; i < columns; ++i) {
            auto& cell = cells[static_cast<std::size_t>(i)];
            cell.reset();
            if (library_.is_null(result, row, i) != 0) continue;
            cell.emplace(library_.value(result, row, i), static_cast<std::size_t>(library_.length(result, row, i)));
        }
        sink(cells);
    }
}

Error Connection::error_of(PGresult* result) {
    const auto field = [&](int name) -> std::string {
        const char* text = library_.error_field(result, name);
        return text ? text : "";
    };
    const auto state = field(PG_DIAG_SQLSTATE);
    if (ends_connection(state)) broken_ = true;
    return statement_error({state, field(PG_DIAG_MESSAGE_PRIMARY), field(PG_DIAG_CONSTRAINT_NAME)});
}

Error Connection::lost() {
    broken_ = true;
    if (cancelled_)
        return Error{Errc::timed_out, "The statement took too long; whether it changed anything is not known"};
    return lost_error();
}

}  // namespace mt::app::postgresql
