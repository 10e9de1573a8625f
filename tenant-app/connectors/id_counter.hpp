#pragma once
#include <cstdint>

#include "tenant-app/query/coerce.hpp"

namespace mt::app {

/// LoopBack's memory connector gives ids in this way, and the recorded answers show it: every create takes a number, whether a
/// client chose an id or not and whether the row was accepted or not; a greater chosen id moves the counter.
class IdCounter {
public:
    /// The id that a record is stored with. `stored_max` is the greatest the database has seen.
    Value take(const Property& id, const Value& given, std::int64_t stored_max = 0) {
        next_ = std::max(next_, stored_max + 1);
        const bool chosen = given.is_string() ? !given.get_ref<const std::string&>().empty() : given.is_number() && given != 0;
        if (chosen && given.is_number() && given.get<double>() < 9e15) next_ = std::max(next_, given.get<std::int64_t>());
        const std::int64_t number = next_++;
        if (chosen) return given;
        return coerce_operand(id.type, number);
    }

private:
    std::int64_t next_ = 1;
};

}  // namespace mt::app
