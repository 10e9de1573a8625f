#pragma once
#include <boost/asio/io_context.hpp>
#include <cstdio>

#include "tenant-app/crud/repository.hpp"

namespace mt::app {

enum class RowFormat { ndjson, csv };

/// Writes the rows of one model as they are at one moment, by id. NDJSON: an object per line, null values left out. CSV
/// (RFC 4180): a column per property, then one for each other name that a row has; dates as ISO texts, texts as they
/// are, an empty one in quotes, all else as JSON. Runs `io`. Fails as the connector does, and with failed if `out`
/// cannot be written.
Status export_rows(boost::asio::io_context& io, const Model& model, Connector& connector, RowFormat format,
    std::FILE* out);

}  // namespace mt::app
