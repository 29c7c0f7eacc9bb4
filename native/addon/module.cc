/** Entry of the addon: loaded once for each JavaScript thread, with everything that is not of one thread shared by all. */
#include "operations.h"
#include "task.h"

namespace {

void initialize(napi_env env, napi_value target) {
  using namespace zk::addon;
  Environment::open(env);
  const Exports exports(env, target);
  exportBench(exports);
  exportCeremony(exports);
  exportMachine(exports);
  exportProve(exports);
  exportSetup(exports);
  exportVerify(exports);
}

}  // namespace

NAPI_MODULE_INIT() {
  try {
    initialize(env, exports);
  } catch (...) {
    napi_throw_error(env, "INTERNAL", "the addon cannot be initialized");
  }
  return exports;
}
