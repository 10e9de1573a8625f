#pragma once
#include "base/result.hpp"
#include "tenant-app/model/record.hpp"

namespace mt::app {

/// What a connector whose database can do it offers, beside Connector, to jobs that carry all of a tenant's data
/// elsewhere. Ask for it with dynamic_cast. All of it blocks; each may fail as the connector does.
class Carried {
public:
    virtual ~Carried() = default;

    /// From now on reads see the data as it is now, whatever others write meanwhile.
    virtual Status hold_still() = 0;
    /// What the database has counted apart from its rows, an object by table: {"Customer": 17}.
    virtual Result<json> counters() = 0;
    /// The same into another database of the tenant's kind, after the rows were made. A counter only grows.
    virtual Status set_counters(const json& counters) = 0;

    /// From here to commit() all is one transaction: what is killed in between has changed nothing. Other writers wait
    /// that long.
    virtual Status begin() = 0;
    /// As Connector::create. A refused row leaves the transaction as it was.
    virtual Result<Value> add(const Model& model, const Record& record) = 0;
    virtual Status commit() = 0;
    virtual Status roll_back() = 0;
};

}  // namespace mt::app
