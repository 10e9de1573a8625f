#pragma once
#include <optional>

#include "tenant-app/model/model.hpp"

namespace mt::app {

/// The positions of the properties by which a relation's rows find each other: the holder's `here` equals the target's `there`
/// (for references_many: is a list that holds it; for has_many_through: the through model's `through_here` equals the holder's
/// `here`, and its `through_there` the target's `there`).
struct RelationKeys {
    std::size_t here = 0, there = 0;
    std::size_t through_here = 0, through_there = 0;
    std::optional<std::size_t> discriminator;  ///< of the target, or of the through model; has_* only
};

/// Nothing for embedded and polymorphic belongs_to relations, which have no such target.
std::optional<RelationKeys> keys_of(const Model& holder, const Relation& relation);

/// The name that a polymorphic has_* relation's rows carry.
const std::string& discriminator_of(const Model& holder, const Relation& relation);

}  // namespace mt::app
