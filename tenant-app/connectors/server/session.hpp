#pragma once
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.hpp"
#include "tenant-app/data/sql/table.hpp"

namespace mt::app::server {

namespace asio = boost::asio;

/// The columns of one row as text, valid during the call; nothing is NULL.
using Cells = std::span<const std::optional<std::string_view>>;
using RowSink = std::function<void(Cells)>;

/// One connection to a database server, with its prepared statements. Loop thread; one statement at a time.
class Session {
public:
    virtual ~Session() = default;

    /// Runs a statement, hands its rows to `sink` (may be empty) and answers how many rows it concerned. Never sends
    /// anything twice. Fails with conflict (the message is the constraint's name), bad_request (values that the server
    /// refuses), timed_out (the statement was cancelled at its deadline), unavailable (the connection is lost),
    /// failed. After the last three see is_broken().
    virtual asio::awaitable<Result<std::uint64_t>> run(sql::Query query, RowSink sink,
                                                       std::chrono::milliseconds timeout) = 0;

    /// The connection has failed: nothing more can be run on it.
    virtual bool is_broken() const = 0;
    /// Neither that, nor is a statement or a transaction under way: somebody else may have it.
    virtual bool is_at_rest() const = 0;
    /// Looks whether the server has hung up meanwhile. No round trip.
    virtual bool has_hung_up() = 0;
};

}  // namespace mt::app::server
