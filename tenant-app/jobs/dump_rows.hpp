#pragma once
#include <boost/asio/io_context.hpp>
#include <cstdio>

#include "tenant-app/crud/repository.hpp"

namespace mt::app {

/// Writes all rows of all persisted models, as they are stored at one moment, in lines:
///   # {"models":[{"name","datasource","connector","rows"}],"counters":{DATASOURCE:{…}},"left_out":["text", …]}
///   @Customer
///   {"id":1,"name":"Ann"}
///   .
/// A line of `@` begins a model, the point says that nothing is missing. Null values are left out; what a loose model
/// was given
/// beyond its properties stands beside them. Rows come by id, a page at a time. Runs `io`. Fails as the connectors do,
/// and with
/// failed if `out` cannot be written.
Status dump_rows(boost::asio::io_context& io, const Registry& registry, const Repository::FindConnector& connector_of,
                 std::FILE* out);

/// One row as such a line, line break included.
void append_row(std::string& out, const Model& model, const Record& record);

/// Calls `each` with every row of `model` by id, one page of them in memory. Fails as the connector or `each` does.
asio::awaitable<Status> for_each_row(Connector& connector, const Model& model,
                                     const std::function<Status(const Record&)>& each);

}  // namespace mt::app
