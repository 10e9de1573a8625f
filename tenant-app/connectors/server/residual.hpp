#pragma once
#include <optional>
#include <vector>

#include "tenant-app/data/sql/conditions.hpp"
#include "tenant-app/query/evaluate.hpp"

namespace mt::app::server {

/// Decides a Where of which a server could only narrow the rows. Its `related` parts stand in the row as columns of
/// their own, in the order of related(). Borrows the Where.
class Residual {
public:
    explicit Residual(const Where& where);

    const std::vector<const Where*>& related() const { return related_; }
    /// `holds[i]`: whether the row satisfies related()[i].
    bool operator()(const Record& record, const std::vector<bool>& holds) const { return test(root_, record, holds); }

private:
    struct Node {
        const Where* where;
        std::optional<Test> test;
        std::size_t related = 0;
        std::vector<Node> children;
    };
    Node compile(const Where& where);
    static bool test(const Node& node, const Record& record, const std::vector<bool>& holds);

    std::vector<const Where*> related_;
    Node root_;
};

}  // namespace mt::app::server
