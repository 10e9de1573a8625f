#pragma once
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "tenant-app/query/operators.hpp"

namespace mt::app {

/// One condition with its pattern compiled. Borrows the condition.
class Test {
public:
    explicit Test(const Condition& condition);
    /// `value` is that of the property (or the extra one); the path below it is followed here. An array satisfies a condition
    /// if one of its items does.
    bool operator()(const Value& value) const;

private:
    bool follow(const Value& value, std::size_t depth) const;
    bool holds(const Value& value) const;
    void index_list();

    const Condition& condition_;
    const Operator& operator_;
    std::optional<Pattern> pattern_;
    std::optional<std::unordered_set<std::string>> texts_;  // of a long list
    bool lists_null_ = false;
};

/// A Where made ready to be asked of many records. Borrows the Where.
class Matcher {
public:
    explicit Matcher(const Where& where);
    bool operator()(const Record& record) const;

private:
    const Where& where_;
    std::optional<Test> test_;
    std::vector<Matcher> children_;
};

/// The value a path leads to, for ordering; null if it leads nowhere.
const Value& value_at(const Value& value, const std::vector<std::string>& path);

/// The value that an `id = x` condition asks for, if that is all there is.
const Value* single_id(const Model& model, const Where& where);

}  // namespace mt::app
