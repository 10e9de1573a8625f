#pragma once
#include "tenant-app/model/model.hpp"

namespace mt::app {

/// Whether rows of this datasource get MongoDB's ObjectIds, as LoopBack's connector makes them: on `mongodb`, unless
/// its key `generatedIds` is "counted".
bool makes_object_ids(const Datasource& datasource);

/// A generated id is an ObjectId then, whatever type the model says: a text of 24 hexadecimal digits. Before relations
/// are read, so that foreign keys are of the same type.
void use_object_ids(const Datasource& datasource, Model& model);

}  // namespace mt::app
