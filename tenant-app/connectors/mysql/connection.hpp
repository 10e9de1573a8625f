#pragma once
#include <functional>
#include <map>
#include <string>

#include "tenant-app/connectors/mysql/errors.hpp"
#include "tenant-app/connectors/mysql/library.hpp"
#include "tenant-app/connectors/server/wait.hpp"

namespace mt::app::mysql {

/// One connection through libmariadb's non-blocking functions. What has parameters is prepared when it first comes and
/// kept, 64 statements; what has none (BEGIN, counts, DDL) is sent as text.
class Connection final : public server::Session {
public:
    /// Resolves, connects, logs in. Fails as Engine::open(). `library` and `settings` outlive the connection.
    static server::asio::awaitable<Result<std::unique_ptr<Connection>>> open(server::asio::any_io_executor executor,
                                                                             const Library& library,
                                                                             const server::Settings& settings);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() override;

    server::asio::awaitable<Result<std::uint64_t>> run(sql::Query query, server::RowSink sink,
                                                       std::chrono::milliseconds timeout) override;
    bool is_broken() const override { return broken_; }
    bool is_at_rest() const override;
    bool has_hung_up() override;

    /// What AUTO_INCREMENT gave the last row that was inserted with parameters.
    std::uint64_t last_id() const { return last_id_; }
    bool is_mariadb() const;

private:
    /// Goes on with a call of the library's when its socket is ready; answers what it waits for then, 0 once it is done.
    using GoOn = std::function<int(int ready)>;

    Connection(server::asio::any_io_executor executor, const Library& library, const server::Settings& settings);

    void configure();
    server::asio::awaitable<Status> connect(std::string host, std::string database);  ///< empty: none
    server::asio::awaitable<Status> enter_database();
    Error connect_failure() const;

    /// False: the server does not answer, not even a KILL.
    server::asio::awaitable<bool> finish(int waits_for, GoOn go_on);
    server::asio::awaitable<bool> give_up();
    server::asio::awaitable<Result<std::uint64_t>> run_text(const std::string& text, const server::RowSink& sink);
    server::asio::awaitable<Result<std::uint64_t>> run_prepared(const sql::Query& query, const server::RowSink& sink);
    server::asio::awaitable<Result<MYSQL_STMT*>> prepared(const std::string& text);
    server::asio::awaitable<Status> execute(MYSQL_STMT* statement, const sql::Query& query);
    server::asio::awaitable<Status> store(MYSQL_STMT* statement);
    void deliver(MYSQL_RES* result, const server::RowSink& sink) const;
    Status deliver(MYSQL_STMT* statement, const server::RowSink& sink);
    void make_room();
    void forget(const std::string& text);
    Error error_of(const Refusal& refusal);
    Error error_of_connection();
    Error error_of(MYSQL_STMT* statement);
    Error lost();

    const Library& library_;
    const server::Settings& settings_;
    server::asio::any_io_executor executor_;
    MYSQL* mysql_;
    server::SocketWait wait_;
    std::map<std::string, MYSQL_STMT*, std::less<>> statements_;  ///< by their text
    std::uint64_t last_id_ = 0;
    bool broken_ = false, busy_ = false, cancelled_ = false;
};

}  // namespace mt::app::mysql
