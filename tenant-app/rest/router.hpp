#pragma once
#include <string_view>

#include "tenant-app/rest/operations.hpp"

namespace mt::app::rest {

/// An operation found for a path, with the parts of the path that are arguments, still encoded.
struct Route {
    const Operation* operation = nullptr;
    const Relation* relation = nullptr;
    const NamedScope* scope = nullptr;
    std::string_view id, fk;
    /// nestRemoting: the operation is one of a relation of `via`'s target, for the instance that `nk` names below the holder.
    const Relation* via = nullptr;
    std::string_view nk;
};

/// Finds the operation of `model` for what stands after its name in the path ("/1/orders/"). As in LoopBack: case does not matter,
/// one trailing slash is fine, a literal beats a parameter, and HEAD is answered by GET's operation if there is none of its own.
/// `operation` is null if nothing fits. Pure; allocates nothing unless methods are closed.
Route find_route(const Model& model, Verb verb, std::string_view path);

}  // namespace mt::app::rest
