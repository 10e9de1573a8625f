#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "tenant-app/query/filter.hpp"

namespace mt::app {

namespace asio = boost::asio;

/// One datasource of the tenant, whatever the database. Lives on the worker's loop thread; every call is atomic by itself, and
/// a write has reached stable storage when it returns (where the database has one). Models passed in are of this datasource.
/// Every call may fail with failed, unavailable or timed_out; further failures are said below.
class Connector {
public:
    virtual ~Connector() = default;

    /// Makes the database fit the models: creates missing tables, columns and indexes; additive only. Blocks; called before
    /// the worker is ready. Fails with invalid_config where the database holds something that does not fit.
    virtual Status migrate(const std::vector<const Model*>& models) = 0;

    /// Rows in the filter's order (nulls first, last if descending; ties by id; texts by their bytes), absent values null, with
    /// all properties (`fields` may be used to read less). `include` is not looked at.
    virtual asio::awaitable<Result<std::vector<Record>>> find(const Model& model, const Filter& filter) = 0;
    virtual asio::awaitable<Result<std::uint64_t>> count(const Model& model, const Where& where) = 0;

    /// Stores a row and answers its id: the record's, or a new one if the id is absent, null, 0 or "". New ids count up from 1,
    /// skip what clients have chosen, and are never used twice, not even after a refusal (as LoopBack's memory connector).
    /// Fails with conflict for an id or unique value that exists (the message names the property).
    virtual asio::awaitable<Result<Value>> create(const Model& model, const Record& record) = 0;

    /// Sets the properties that are present in `changes` on all matching rows; answers how many matched.
    virtual asio::awaitable<Result<std::uint64_t>> update(const Model& model, const Where& where, const Record& changes) = 0;
    /// Replaces all properties of the row with this id; absent ones become absent. False: no such row.
    virtual asio::awaitable<Result<bool>> replace(const Model& model, const Value& id, const Record& record) = 0;
    virtual asio::awaitable<Result<std::uint64_t>> destroy(const Model& model, const Where& where) = 0;

    /// Whether a `related` condition may be in a Where, if all its models are of this datasource. Else the repository resolves it.
    virtual bool joins() const { return false; }

    /// Statements sent so far; tests count them.
    virtual std::uint64_t statements() const = 0;
};

/// The conflict of create, update and replace, in LoopBack's words.
Error duplicate_error(const Model& model, std::string_view property);

}  // namespace mt::app
