#pragma once
#include <boost/asio/io_context.hpp>
#include <filesystem>

#include "tenant-app/crud/repository.hpp"

namespace mt::app {

/// Puts the rows of a file that LoopBack's memory connector wrote into the models of one data source, ids and all, as
/// they are: without validation, hooks, or hashing anew. Runs `io`. Fails with invalid_config naming the file and the
/// row (no such file, another format, values that a property cannot take), or as the connector does; rows that were
/// written by then stay.
Status load_rows(boost::asio::io_context& io, const Registry& registry, const Repository::FindConnector& connector_of,
                 const std::string& datasource, const std::filesystem::path& file);

}  // namespace mt::app
