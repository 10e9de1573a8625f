#include "tenant-app/query/operators.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "tenant-app/query/js.hpp"

namespace mt::app {

namespace {

bool absent(const Value& value) { return value.is_null() || value.is_discarded(); }
bool numeric(const Value& value) { return value.is_number() || value.is_boolean(); }

/// JavaScript's < between values of different kinds goes through numbers; nothing where it has no answer.
std::optional<int> relation(const Value& value, const Value& operand) {
    if (absent(value) || absent(operand) || value.is_structured() || operand.is_structured()) return std::nullopt;
    if (value.is_string() && operand.is_string()) {
        return value.get_ref<const std::string&>().compare(operand.get_ref<const std::string&>());
    }
    const double a = js::to_number(value), b = js::to_number(operand);
    if (std::isnan(a) || std::isnan(b)) return std::nullopt;
    return a < b ? -1 : a > b ? 1 : 0;
}

bool eq(const Condition& c, const Pattern*, const Value& v) { return loosely_equal(c.operand, v); }
bool neq(const Condition& c, const Pattern*, const Value& v) { return !loosely_equal(c.operand, v); }
bool gt(const Condition& c, const Pattern*, const Value& v) { const auto r = relation(v, c.operand); return r && *r > 0; }
bool gte(const Condition& c, const Pattern*, const Value& v) { const auto r = relation(v, c.operand); return r && *r >= 0; }
bool lt(const Condition& c, const Pattern*, const Value& v) { const auto r = relation(v, c.operand); return r && *r < 0; }
bool lte(const Condition& c, const Pattern*, const Value& v) { const auto r = relation(v, c.operand); return r && *r <= 0; }

bool between(const Condition& c, const Pattern*, const Value& v) {
    const auto low = relation(v, c.operand[0]), high = relation(v, c.operand[1]);
    return low && high && *low >= 0 && *high <= 0;
}
bool inq(const Condition& c, const Pattern*, const Value& v) {
    return std::any_of(c.operand.begin(), c.operand.end(), [&](const Value& item) { return loosely_equal(item, v); });
}
bool nin(const Condition& c, const Pattern* p, const Value& v) { return !inq(c, p, v); }

bool matches(const Condition&, const Pattern* pattern, const Value& v) {
    if (!pattern || absent(v) || v.is_structured()) return false;
    return v.is_string() ? pattern->matches(v.get_ref<const std::string&>()) : pattern->matches(js::to_text(v));
}
bool mismatches(const Condition& c, const Pattern* pattern, const Value& v) { return !matches(c, pattern, v); }
bool near(const Condition& c, const Pattern*, const Value& v) { return is_near(c.operand, v); }
bool exists(const Condition& c, const Pattern*, const Value& v) { return absent(v) != (c.operand == true); }

constexpr std::array k_operators = {
    Operator{"eq", Op::eq, Operand::value, "=", eq},
    Operator{"gt", Op::gt, Operand::value, ">", gt},
    Operator{"gte", Op::gte, Operand::value, ">=", gte},
    Operator{"lt", Op::lt, Operand::value, "<", lt},
    Operator{"lte", Op::lte, Operand::value, "<=", lte},
    Operator{"between", Op::between, Operand::pair, "", between},
    Operator{"inq", Op::inq, Operand::list, "", inq},
    Operator{"nin", Op::nin, Operand::list, "", nin},
    Operator{"neq", Op::neq, Operand::value, "", neq},
    Operator{"like", Op::like, Operand::like, "", matches},
    Operator{"nlike", Op::nlike, Operand::like, "", mismatches},
    Operator{"ilike", Op::ilike, Operand::like, "", matches},
    Operator{"nilike", Op::nilike, Operand::like, "", mismatches},
    Operator{"regexp", Op::regexp, Operand::regexp, "", matches},
    Operator{"near", Op::near, Operand::near, "", near},
};
/// Not a word of LoopBack's filters (it takes {"exists":true} for a value); ours for conditions made inside.
constexpr Operator k_exists{"exists", Op::exists, Operand::value, "", exists};

int rank(const Value& value) { return absent(value) ? 0 : numeric(value) ? 1 : value.is_string() ? 2 : 3; }

}  // namespace

std::span<const Operator> operators() { return k_operators; }

const Operator& operator_of(Op op) {
    for (const auto& row : k_operators) {
        if (row.op == op) return row;
    }
    return k_exists;
}

bool loosely_equal(const Value& a, const Value& b) {
    if (absent(a) || absent(b)) return absent(a) && absent(b);
    if (a.is_object() || b.is_object()) return false;
    if (a.is_number() && b.is_number()) return a == b;
    if (a.is_string() && b.is_string()) return a.get_ref<const std::string&>() == b.get_ref<const std::string&>();
    return js::to_text(a) == js::to_text(b);
}

int compare_values(const Value& a, const Value& b) {
    // Keys are whole numbers, most of the time.
    if (a.type() == b.type())
        if (const auto *x = a.get_ptr<const json::number_integer_t*>(), *y = b.get_ptr<const json::number_integer_t*>(); x && y)
            return *x < *y ? -1 : *x > *y ? 1 : 0;
    const int ra = rank(a), rb = rank(b);
    if (ra != rb) return ra < rb ? -1 : 1;
    if (ra == 0) return 0;
    if (ra == 1) {
        const double x = js::to_number(a), y = js::to_number(b);
        return x < y ? -1 : x > y ? 1 : 0;
    }
    if (ra == 2) return a.get_ref<const std::string&>().compare(b.get_ref<const std::string&>());
    return js::to_json(a).compare(js::to_json(b));
}

}  // namespace mt::app
