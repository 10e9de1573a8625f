#pragma once
#include <boost/asio/awaitable.hpp>
#include <map>

#include "tenant-app/crud/repository.hpp"
#include "tenant-app/data/carried.hpp"

namespace mt::app {

/// Makes rows as they are, without validation, hooks, or hashing anew: in one transaction for each data source whose
/// database can do that, else one by one.
class RowWriter {
public:
    explicit RowWriter(const Repository::FindConnector& connector_of) : connector_of_(connector_of) {}
    /// What was not committed is gone.
    ~RowWriter();
    RowWriter(const RowWriter&) = delete;
    RowWriter& operator=(const RowWriter&) = delete;

    /// Whether rows of that model are all made or none.
    bool is_atomic(const Model& model) const;
    /// Fails as Connector::create does; the row alone is then not there.
    asio::awaitable<Result<Value>> add(const Model& model, const Record& record);
    Status commit();

private:
    const Repository::FindConnector& connector_of_;
    std::map<Connector*, Carried*> begun_;
};

}  // namespace mt::app
