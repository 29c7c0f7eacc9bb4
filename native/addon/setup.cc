/** Keys. */
#include "../setup/development.h"
#include "operations.h"
#include "task.h"

namespace zk::addon {
namespace {

/** The number of points that the key holds beside its header: what the last stage counts. */
napi_value startSetup(const Call& call, std::size_t threads, std::shared_ptr<const DevelopmentSecrets> secrets) {
  return promise(
      call, threads + 1,
      [r1cs = call.path(0), zkey = call.path(1), shownAs = call.text(2), count = call.threads(threads),
       secrets = std::move(secrets)](const Control& control) {
        return DevelopmentSetup(count, control).run(r1cs, zkey, shownAs, secrets.get());
      },
      [](napi_env env, u64 points) { return number(env, static_cast<double>(points)); });
}

/** (r1cs, zkey, name of the zkey in errors, threads, control) -> promise of a number of points */
napi_value developmentKey(const Call& call) { return startSetup(call, 3, nullptr); }

/** (r1cs, zkey, name of the zkey in errors, secrets, threads, control): the same from secrets that are known, to compare keys in tests. */
napi_value developmentKeyFromSecrets(const Call& call) {
  const std::span<const u8> bytes = call.bytes(3);
  if (bytes.size() != 4 * sizeof(U256)) throw call.wrong(3, "four numbers of 32 bytes");
  auto secrets = std::make_shared<DevelopmentSecrets>();
  Fr* const values[] = {&secrets->tau, &secrets->alpha, &secrets->beta, &secrets->delta};
  for (std::size_t i = 0; i < 4; i++) {
    U256 value;
    std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
    if (!(value < Fr::modulus)) throw call.wrong(3, "field elements");
    *values[i] = Fr::from(value);
  }
  return startSetup(call, 4, std::move(secrets));
}

}  // namespace

void exportSetup(const Exports& exports) {
  exports.add<developmentKey>("developmentKey");
  exports.add<developmentKeyFromSecrets>("developmentKeyFromSecrets");
}

}  // namespace zk::addon
