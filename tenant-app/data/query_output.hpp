#pragma once
#include <chrono>
#include <cstdio>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/json_file.hpp"
#include "base/result.hpp"

namespace mt::app {

/// How much an operator's query of one tenant may give, and how long it may take.
struct QueryBounds {
    std::size_t rows = 10'000, bytes = 8u << 20;
    std::chrono::milliseconds time{10'000};
};

/// The lines that a query prints: {"columns":[name…]}, an array of values for each row, {"rows":N}. Without the last
/// one it was cut off.
class QueryOutput {
public:
    /// Borrows `out`.
    QueryOutput(std::FILE* out, const QueryBounds& bounds) : out_(out), bounds_(bounds) {}

    /// Before the first row. Names that differ in case alone, or not at all, get a number.
    Status columns(std::vector<std::string> names);
    /// An array. Fails with payload_too_large beyond the bounds: half of a result looks like all of it.
    Status row(const json& values);
    Status end();

private:
    Status line(const json& value);

    std::FILE* out_;
    const QueryBounds bounds_;
    std::size_t rows_ = 0, bytes_ = 0;
};

}  // namespace mt::app
