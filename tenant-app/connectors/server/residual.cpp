#include "tenant-app/connectors/server/residual.hpp"

#include <algorithm>

namespace mt::app::server {

Residual::Residual(const Where& where) : root_(compile(where)) {}

Residual::Node Residual::compile(const Where& where) {
    Node node{&where, {}, 0, {}};
    if (where.kind == Where::Kind::condition) {
        node.test.emplace(where.condition);
    } else if (where.kind == Where::Kind::related) {
        node.related = related_.size();
        related_.push_back(&where);
    } else {
        for (const auto& child : where.children) node.children.push_back(compile(child));
    }
    return node;
}

bool Residual::test(const Node& node, const Record& record, const std::vector<bool>& holds) {
    const auto child = [&](const Node& each) { return test(each, record, holds); };
    switch (node.where->kind) {
        case Where::Kind::all: return std::all_of(node.children.begin(), node.children.end(), child);
        case Where::Kind::any: return std::any_of(node.children.begin(), node.children.end(), child);
        case Where::Kind::none: return std::none_of(node.children.begin(), node.children.end(), child);
        case Where::Kind::related: return holds[node.related];
        case Where::Kind::condition: break;
    }
    const auto& condition = node.where->condition;
    if (condition.extra_key.empty()) return (*node.test)(record.values[condition.property]);
    const Value* extra = nullptr;
    if (record.extra.is_object()) {
        const auto member = record.extra.find(condition.extra_key);
        if (member != record.extra.end()) extra = &*member;
    }
    return (*node.test)(extra ? *extra : Value{});
}

}  // namespace mt::app::server
