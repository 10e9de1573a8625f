#include "tenant-app/model/relation_keys.hpp"

namespace mt::app {

std::optional<RelationKeys> keys_of(const Model& holder, const Relation& relation) {
    if (relation.embeds() || !relation.target) return std::nullopt;
    const auto& target = *relation.target;
    const bool through = relation.kind == RelationKind::has_many_through;
    if (through && !relation.through) return std::nullopt;
    RelationKeys keys;
    const auto here = holder.find_property(relation.keyed_here() ? relation.foreign_key : relation.primary_key);
    const auto there = through ? std::optional{target.id_index}
                               : target.find_property(relation.keyed_here() ? relation.primary_key : relation.foreign_key);
    if (!here || !there) return std::nullopt;
    keys.here = *here;
    keys.there = *there;
    if (through) {
        const auto through_here = relation.through->find_property(relation.foreign_key);
        const auto through_there = relation.through->find_property(relation.through_key);
        if (!through_here || !through_there) return std::nullopt;
        keys.through_here = *through_here;
        keys.through_there = *through_there;
    }
    if (relation.polymorphic()) {
        keys.discriminator = (through ? *relation.through : target).find_property(relation.discriminator);
        if (!keys.discriminator) return std::nullopt;
    }
    return keys;
}

const std::string& discriminator_of(const Model& holder, const Relation& relation) {
    return relation.inverted ? relation.target->name : holder.name;
}

}  // namespace mt::app
