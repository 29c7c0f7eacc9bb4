/** The families of operations, one source file each; each adds its functions to what the addon exports. */
#pragma once

#include "napi.h"

namespace zk::addon {

void exportBench(const Exports& exports);
void exportCeremony(const Exports& exports);
void exportMachine(const Exports& exports);
void exportProve(const Exports& exports);
void exportSetup(const Exports& exports);
void exportVerify(const Exports& exports);

}  // namespace zk::addon
