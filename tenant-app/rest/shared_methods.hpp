#pragma once
#include "tenant-app/rest/operations.hpp"

namespace mt::app::rest {

/// Whether the model's sharedMethods leave `operation` open; `relation` is the one that a relation's operation is about. A method may
/// be named by LoopBack's aliases ("upsert" for "patchOrCreate"); its own name beats "*".
bool is_shared(const Model& model, const Operation& operation, const About& about);

}  // namespace mt::app::rest
