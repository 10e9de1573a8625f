#pragma once
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "tenant-app/jobs/export_rows.hpp"

namespace mt::app {

struct ImportOrder {
    RowFormat format = RowFormat::ndjson;
    bool go_on = false;    ///< rows that are refused are left out; else none is made if one is refused
    bool dry_run = false;  ///< everything but the last step
};

struct Imported {
    std::uint64_t rows = 0, refused = 0;
    struct Refusal {
        std::size_t line;
        std::string message;
    };
    std::vector<Refusal> refusals;  ///< the first hundred
};

/// Makes rows of one model from what export_rows() writes, or anybody else: coerced and validated as a client's are,
/// ids of their own allowed, without hooks; a user's password must be a hash already. Unless `go_on`, all is one
/// transaction. Runs `io`. Refused rows are no failure here. Fails with usage (all or nothing is asked of a database
/// that cannot), bad_request (a header that fits no property), failed, unavailable.
Result<Imported> import_rows(boost::asio::io_context& io, const Model& model,
                             const Repository::FindConnector& connector_of, const ImportOrder& order, std::FILE* in);

/// {"rows","refused","refusals":[{"line","message"}]}
json imported_document(const Imported& imported);

}  // namespace mt::app
