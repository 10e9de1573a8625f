#pragma once
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <cstdio>

#include "tenant-app/crud/repository.hpp"

namespace mt::app {

/// Reads what dump_rows() wrote from `in` and makes its rows, ids and all, as they are: without validation, hooks, or
/// hashing anew. Rows of a model that the folder has not got are refused. Runs `io`; answers how many rows. Fails with
/// invalid_config (a line that is no row, the end missing), or as the connector does; as RowWriter says, nothing was
/// written then.
Result<std::uint64_t> load_dump(boost::asio::io_context& io, const Registry& registry,
                                const Repository::FindConnector& connector_of, std::FILE* in);

}  // namespace mt::app
