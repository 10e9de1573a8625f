#pragma once
#include "base/result.hpp"
#include "tenant-app/model/record.hpp"

namespace mt::app {

/// What a property's type made of a value.
struct Coerced {
    Value value;
    bool invalid_date = false;  ///< `value` is null then; LoopBack refuses it when it validates
};

/// A value given for a property, as LoopBack's model builder converts it; null stays null.
/// Fails with bad_request for what cannot be a list or a point, in LoopBack's words.
Result<Coerced> coerce(const Property& property, const json& value);

/// An operand of a condition. Undefined: nothing can be equal to it (NaN, an invalid date).
Value coerce_operand(Type type, const json& value);

/// An id as it stood in a URL. Undefined: no row can have it.
Value coerce_id(const Property& id, std::string_view text);

}  // namespace mt::app
