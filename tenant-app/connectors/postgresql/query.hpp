#pragma once
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <string>

#include "tenant-app/data/query_output.hpp"
#include "tenant-app/model/model.hpp"

namespace mt::app::postgresql {

/// Runs one query with the datasource's own login in a transaction that the server knows to be READ ONLY, and prints its
/// rows. Runs `io`. A result without rows has no columns. Fails with bad_request (no query), and as Engine::open() and
/// Session::run().
Status query(boost::asio::io_context& io, const std::filesystem::path& folder, const Datasource& datasource,
             const std::string& sql, const QueryBounds& bounds, QueryOutput& out);

}  // namespace mt::app::postgresql
