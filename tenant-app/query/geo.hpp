#pragma once
#include <optional>

#include "base/result.hpp"
#include "tenant-app/model/record.hpp"

namespace mt::app {

/// A place on earth, in degrees.
struct Point {
    double lat = 0, lng = 0;
};

/// The place that a stored geopoint says; nothing for anything else.
std::optional<Point> point_of(const Value& value);

/// Great-circle distance in metres, with LoopBack's radius of the earth.
double distance(Point a, Point b);

/// Reads `{"near": …, "maxDistance": …, "minDistance": …, "unit": …}` (miles unless said otherwise) into the operand of Op::near:
/// `{lat, lng, max, min}`, distances in metres, null where there is no bound. Fails with bad_request.
Result<Value> parse_near(const json& clause);
/// Whether a stored value is a place within the bounds of such an operand.
bool is_near(const Value& operand, const Value& value);

}  // namespace mt::app
