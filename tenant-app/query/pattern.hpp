#pragma once
#include <memory>
#include <optional>
#include <string_view>

#include "tenant-app/query/filter.hpp"

namespace mt::app {

/// The right side of like, nlike, ilike, nilike or regexp, compiled. Matching is bounded: what takes too many steps does not
/// match. A like pattern is SQL's (`%`, `_`, `\` escapes, anchored), with one exception that LoopBack's users rely on: a like
/// or ilike without `%` is looked for anywhere in the text. The empty one matches the empty text only.
class Pattern {
public:
    /// Nothing for a regular expression that does not compile, or is longer than 2,000 bytes: it matches nothing.
    static std::optional<Pattern> compile(const Condition& condition);

    bool matches(std::string_view text) const;

private:
    struct Code;
    explicit Pattern(std::shared_ptr<const Code> code) : code_(std::move(code)) {}
    std::shared_ptr<const Code> code_;  // shared with copies: immutable
};

}  // namespace mt::app
