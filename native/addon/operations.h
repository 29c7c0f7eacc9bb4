/** The families of operations, one source file each; each adds its functions to what the addon exports. */
#pragma once

#include "napi.h"

namespace zk::addon {

void exportMachine(const Exports& exports);
void exportSetup(const Exports& exports);

}  // namespace zk::addon
