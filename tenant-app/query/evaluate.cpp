#include "tenant-app/query/evaluate.hpp"

#include <algorithm>

#include "tenant-app/query/js.hpp"

namespace mt::app {

namespace {

const Value k_null;
/// Longer lists are looked up rather than gone through.
constexpr std::size_t k_scan_max = 8;

}  // namespace

Where Where::both(Where left, Where right) {
    if (left.always()) return right;
    if (right.always()) return left;
    Where where;
    where.children.push_back(std::move(left));
    where.children.push_back(std::move(right));
    return where;
}

bool Where::has_related() const {
    return kind == Kind::related || std::any_of(children.begin(), children.end(), [](const Where& child) { return child.has_related(); });
}

Where Where::equals(std::size_t property, Value value) {
    if (is_undefined(value)) return nothing();
    Where where;
    where.kind = Kind::condition;
    where.condition.property = property;
    where.condition.operand = std::move(value);
    return where;
}

Where Where::among(std::size_t property, Value list) {
    Where where;
    where.kind = Kind::condition;
    where.condition.property = property;
    where.condition.op = Op::inq;
    where.condition.operand = std::move(list);
    return where;
}

Test::Test(const Condition& condition) : condition_(condition), operator_(operator_of(condition.op)) {
    if (operator_.operand == Operand::like || operator_.operand == Operand::regexp) pattern_ = Pattern::compile(condition);
    if (operator_.operand == Operand::list && condition.operand.size() > k_scan_max) index_list();
}

/// What loosely_equal finds equal has the same text; objects equal nothing.
void Test::index_list() {
    texts_.emplace();
    for (const auto& item : condition_.operand) {
        if (item.is_null() || item.is_discarded()) lists_null_ = true;
        else if (!item.is_object()) texts_->insert(js::to_text(item));
    }
}

bool Test::holds(const Value& value) const {
    if (!texts_) return operator_.test(condition_, pattern_ ? &*pattern_ : nullptr, value);
    const bool absent = value.is_null() || value.is_discarded();
    const bool listed = absent ? lists_null_ : !value.is_object() && texts_->contains(js::to_text(value));
    return listed == (condition_.op == Op::inq);
}

bool Test::operator()(const Value& value) const { return follow(value, 0); }

bool Test::follow(const Value& value, std::size_t depth) const {
    const auto& path = condition_.path;
    if (value.is_array()) {
        if (condition_.op == Op::neq && value.empty()) return true;
        return std::any_of(value.begin(), value.end(), [&](const Value& item) {
            // One level of arrays: an item that is an array itself is compared as a whole.
            if (depth == path.size() && item.is_array()) return holds(item);
            return follow(item, depth);
        });
    }
    if (depth == path.size()) return holds(value);
    if (!value.is_object()) return holds(k_null);
    const auto member = value.find(path[depth]);
    return follow(member == value.end() ? k_null : *member, depth + 1);
}

Matcher::Matcher(const Where& where) : where_(where) {
    if (where.kind == Where::Kind::condition) test_.emplace(where.condition);
    for (const auto& child : where.children) children_.emplace_back(child);
}

bool Matcher::operator()(const Record& record) const {
    const auto holds = [&](const Matcher& child) { return child(record); };
    switch (where_.kind) {
        case Where::Kind::all: return std::all_of(children_.begin(), children_.end(), holds);
        case Where::Kind::any: return std::any_of(children_.begin(), children_.end(), holds);
        case Where::Kind::none: return std::none_of(children_.begin(), children_.end(), holds);
        case Where::Kind::related: return false;  // resolved before it comes here
        case Where::Kind::condition: break;
    }
    const auto& condition = where_.condition;
    if (condition.extra_key.empty()) return (*test_)(record.values[condition.property]);
    if (!record.extra.is_object()) return (*test_)(k_null);
    const auto extra = record.extra.find(condition.extra_key);
    return (*test_)(extra == record.extra.end() ? k_null : *extra);
}

const Value& value_at(const Value& value, const std::vector<std::string>& path) {
    const Value* at = &value;
    for (const auto& segment : path) {
        if (!at->is_object()) return k_null;
        const auto member = at->find(segment);
        if (member == at->end()) return k_null;
        at = &*member;
    }
    return *at;
}

const Value* single_id(const Model& model, const Where& where) {
    const Where* at = &where;
    while (at->kind == Where::Kind::all && at->children.size() == 1) at = &at->children[0];
    const auto& c = at->condition;
    const bool is_id = at->kind == Where::Kind::condition && c.op == Op::eq && c.property == model.id_index && c.extra_key.empty() &&
                       c.path.empty() && (c.operand.is_number() || c.operand.is_string());
    return is_id ? &c.operand : nullptr;
}

}  // namespace mt::app
