#pragma once
#include <boost/asio/io_context.hpp>
#include <filesystem>

#include "base/result.hpp"
#include "tenant-app/data/found_table.hpp"

namespace mt::app::postgresql {

/// The tables of the datasource's schema, without views, partitions and what extensions have made. Reads only, with the
/// datasource's own login. Runs `io`. Fails as Engine::open() and Session::run().
Result<std::vector<FoundTable>> discover(boost::asio::io_context& io, const std::filesystem::path& folder,
                                         const Datasource& datasource);

}  // namespace mt::app::postgresql
