/** Powers of tau, and the ceremonies of circuits. */
#include "../ceremony/contribute.h"
#include "../ceremony/development-ptau.h"
#include "../ceremony/verify-key.h"
#include "../ceremony/verify-ptau.h"
#include "operations.h"
#include "task.h"

namespace zk::addon {
namespace {

/** What is done when only that it is done matters. */
napi_value nothing(napi_env env, bool) { return undefined(env); }

/** (power, ptau, its name in errors, threads, control) -> promise */
napi_value developmentPtau(const Call& call) {
  const unsigned power = static_cast<unsigned>(call.integer(0, DevelopmentPtau::kMaxPower));
  return promise(
      call, 4,
      [power, path = call.path(1), shownAs = call.text(2), threads = call.threads(3)](const Control& control) {
        DevelopmentPtau(power, path, shownAs, threads, control).write();
        return true;
      },
      nothing);
}

/** (r1cs, ptau, zkey, its name in errors, threads, control) -> promise */
napi_value initialKey(const Call& call) {
  return promise(
      call, 5,
      [r1cs = call.path(0), ptau = call.path(1), zkey = call.path(2), shownAs = call.text(3),
       threads = call.threads(4)](const Control& control) {
        Phase2(threads, control).run(r1cs, ptau, zkey, shownAs);
        return true;
      },
      nothing);
}

/** (zkey, new zkey, its name in errors, contributor, beacon, exponent of its iterations, threads, control) -> promise of the hash */
napi_value contribute(const Call& call) {
  ContributionParameters parameters;
  parameters.name = call.text(3);
  const std::span<const u8> beacon = call.bytes(4);
  parameters.beacon.assign(beacon.begin(), beacon.end());
  parameters.iterationsExponent = static_cast<u8>(call.integer(5, Contribution::kMaxExponent));
  if (parameters.name.size() > 255) throw call.wrong(3, "at most 255 bytes");
  if (beacon.size() > 255) throw call.wrong(4, "at most 255 bytes");
  return promise(
      call, 7,
      [from = call.path(0), to = call.path(1), shownAs = call.text(2), parameters,
       threads = call.threads(6)](const Control& control) {
        return Contribution(threads, control).run(from, to, shownAs, parameters);
      },
      [](napi_env env, const Digest& hash) { return bytes(env, hash); });
}

/** (r1cs, ptau, zkey, path for a key in between, threads, control) -> promise of what is wrong, empty when nothing is */
napi_value verifyKey(const Call& call) {
  return promise(
      call, 5,
      [r1cs = call.path(0), ptau = call.path(1), zkey = call.path(2), scratch = call.path(3),
       threads = call.threads(4)](const Control& control) {
        return KeyVerification(threads, control).run(r1cs, ptau, zkey, scratch);
      },
      [](napi_env env, const std::string& wrong) { return text(env, wrong); });
}

/** (ptau, threads, control) -> promise of what is wrong, empty when nothing is */
napi_value verifyPtau(const Call& call) {
  return promise(
      call, 2,
      [ptau = call.path(0), threads = call.threads(1)](const Control& control) {
        return PtauVerification(threads, control).run(ptau);
      },
      [](napi_env env, const std::string& wrong) { return text(env, wrong); });
}

}  // namespace

void exportCeremony(const Exports& exports) {
  exports.add<developmentPtau>("developmentPtau");
  exports.add<initialKey>("initialKey");
  exports.add<contribute>("contribute");
  exports.add<verifyKey>("verifyKey");
  exports.add<verifyPtau>("verifyPtau");
}

}  // namespace zk::addon
