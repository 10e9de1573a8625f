#pragma once
#include <string_view>

namespace mt::gateway {

/// Where a request target leads. Views the target.
struct Route {
    enum class Kind : unsigned char {
        tenant,   ///< `id` is well-formed; whether it exists, the table knows
        system,   ///< `/-/…`: `rest` is what follows `/-/`
        welcome,  ///< `/`
        server,   ///< `*`: OPTIONS for the gateway itself
        unknown,  ///< 404: the first segment can be no tenant
        refused,  ///< 400
    } kind = Kind::refused;
    std::string_view id;
    /// What the worker gets after its leading `/` (which `/foo` and `/foo?x` lack): path without the prefix, and query.
    std::string_view rest;
    std::string_view whole;      ///< the same with the prefix left in
    std::string_view authority;  ///< of an absolute-form target
    const char* why = "";        ///< for refused: a literal
};

/// Splits a raw request target that scan_request accepted (GATEWAY.md section 1). Nothing is decoded or folded: what another
/// reader behind us could resolve to another tenant's path is refused. Pure.
Route route(std::string_view target);

}  // namespace mt::gateway
