#pragma once
#include <map>
#include <string>

#include "tenant-app/connectors/postgresql/library.hpp"
#include "tenant-app/connectors/server/settings.hpp"
#include "tenant-app/connectors/server/wait.hpp"

namespace mt::app::postgresql {

/// One connection through libpq, never blocking the loop. Statements are prepared when they first come, in the same
/// round trip as they run (pipeline mode), and kept, 64 of them.
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
    /// Statements without parameters or rows, separated by `;`.
    server::asio::awaitable<Status> script(std::string text, std::chrono::milliseconds timeout);
    /// What a server keeps in place of a login's password (SCRAM, RFC 5803). Fails with failed.
    Result<std::string> verifier(const std::string& user, const std::string& password);
    bool is_broken() const override { return broken_; }
    bool is_at_rest() const override;
    bool has_hung_up() override;

private:
    /// What the results of one exchange say.
    struct Outcome {
        std::uint64_t rows = 0;
        bool prepared = false;  ///< the statement was, as far as that was asked for
        std::optional<Error> error;
    };

    Connection(const server::asio::any_io_executor& executor, const Library& library, PGconn* connection,
               bool keeps_statements)
        : library_(library), connection_(connection), wait_(executor), keeps_statements_(keeps_statements) {}

    server::asio::awaitable<Status> finish_connecting(const server::Settings& settings);
    server::asio::awaitable<Status> make_room();
    bool send(const std::string& name, const sql::Query& query, bool is_new);
    server::asio::awaitable<Outcome> exchange(server::RowSink sink, bool pipelined);
    server::asio::awaitable<bool> flush();
    server::asio::awaitable<bool> wait_for_result();
    /// False: not even the cancellation has been answered.
    bool give_up();
    void take(PGresult* result, const server::RowSink& sink, Outcome& outcome);
    void deliver(PGresult* result, const server::RowSink& sink) const;
    Error error_of(PGresult* result);
    Error lost();

    const Library& library_;
    PGconn* connection_;
    server::SocketWait wait_;
    std::map<std::string, std::string, std::less<>> statements_;  ///< text → name
    unsigned names_ = 0;
    bool keeps_statements_ = true;
    bool broken_ = false, busy_ = false, cancelled_ = false;
};

}  // namespace mt::app::postgresql
