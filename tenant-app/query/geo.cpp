#include "tenant-app/query/geo.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "tenant-app/query/coerce.hpp"
#include "tenant-app/query/js.hpp"

namespace mt::app {

namespace {

constexpr double k_radius_metres = 6'370'990.56;

struct Unit {
    std::string_view name;
    double radius;  ///< of the earth, in this unit
};
constexpr std::array k_units = {
    Unit{"kilometers", 6370.99056}, Unit{"meters", k_radius_metres}, Unit{"miles", 3958.75},
    Unit{"feet", 20902200},         Unit{"radians", 1},              Unit{"degrees", 57.29577951308},
};

Result<Value> metres(const json& clause, const char* key, double per_unit) {
    const auto bound = clause.find(key);
    if (bound == clause.end() || bound->is_null()) return Value{};
    const double number = js::to_number(*bound);
    if (std::isnan(number)) return Error{Errc::bad_request, std::string{key} + " must be a number"};
    // LoopBack takes what is not above 0 for no bound.
    return number > 0 ? Value(number * per_unit) : Value{};
}

}  // namespace

std::optional<Point> point_of(const Value& value) {
    if (!value.is_object()) return std::nullopt;
    const auto lat = value.find("lat"), lng = value.find("lng");
    if (lat == value.end() || lng == value.end() || !lat->is_number() || !lng->is_number()) return std::nullopt;
    return Point{lat->get<double>(), lng->get<double>()};
}

double distance(Point a, Point b) {
    constexpr double k_radians = std::numbers::pi / 180;
    const double lat = std::sin((b.lat - a.lat) * k_radians / 2), lng = std::sin((b.lng - a.lng) * k_radians / 2);
    const double h = lat * lat + lng * lng * std::cos(a.lat * k_radians) * std::cos(b.lat * k_radians);
    return 2 * k_radius_metres * std::asin(std::sqrt(std::min(1.0, h)));
}

Result<Value> parse_near(const json& clause) {
    Property geopoint;
    geopoint.type = Type::geopoint;
    MT_TRY(auto place, coerce(geopoint, clause.value("near", json{})));
    const auto point = point_of(place.value);
    if (!point) return Error{Errc::bad_request, "near must be a geo point"};
    double per_unit = k_radius_metres / 3958.75;
    if (const auto unit = clause.find("unit"); unit != clause.end() && !unit->is_null()) {
        const Unit* known = nullptr;
        for (const auto& row : k_units) {
            if (unit->is_string() && row.name == unit->get_ref<const std::string&>()) known = &row;
        }
        if (!known) return Error{Errc::bad_request, "The unit of near is one of kilometers, meters, miles, feet, radians, degrees"};
        per_unit = k_radius_metres / known->radius;
    }
    MT_TRY(auto most, metres(clause, "maxDistance", per_unit));
    MT_TRY(auto least, metres(clause, "minDistance", per_unit));
    Value operand = json::object();
    operand["lat"] = point->lat;
    operand["lng"] = point->lng;
    operand["max"] = std::move(most);
    operand["min"] = std::move(least);
    return operand;
}

bool is_near(const Value& operand, const Value& value) {
    const auto here = point_of(operand), there = point_of(value);
    if (!here || !there) return false;
    const double metres = distance(*here, *there);
    const auto& most = operand["max"];
    const auto& least = operand["min"];
    return !(most.is_number() && metres > most.get<double>()) && !(least.is_number() && metres < least.get<double>());
}

}  // namespace mt::app
